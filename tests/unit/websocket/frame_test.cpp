#include "protocol/websocket/frame.hpp"

#include "protocol/websocket/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace lobbyd::websocket {
namespace {

using namespace std::string_literals;

TEST(Frame, WritesTheExampleOfTheStandard) {
  // RFC 6455 §5.7: a single-frame unmasked text message.
  EXPECT_EQ(encode_frame(Opcode::text, "Hello"), "\x81\x05Hello");
}

TEST(Frame, WritesLengthsInAsFewBytesAsPossible) {
  struct Case {
    std::size_t payload_size;
    std::string header;
  };
  const Case cases[] = {
      {0, "\x82\x00"s},
      {1, "\x82\x01"s},
      {125, "\x82\x7D"s},
      {126, "\x82\x7E\x00\x7E"s},
      {127, "\x82\x7E\x00\x7F"s},
      {256, "\x82\x7E\x01\x00"s},
      {65535, "\x82\x7E\xFF\xFF"s},
      {65536, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s},
      {0x0123456789AB, "\x82\x7F\x00\x00\x01\x23\x45\x67\x89\xAB"s},
  };
  for (const Case& c : cases) {
    std::string header = "before";
    append_header(header, Opcode::binary, c.payload_size);
    EXPECT_EQ(header, "before" + c.header) << c.payload_size;
    EXPECT_EQ(header_size(c.payload_size), c.header.size()) << c.payload_size;
  }
}

TEST(Frame, NamesItsOpcode) {
  for (const Opcode opcode : {Opcode::text, Opcode::binary, Opcode::close, Opcode::ping, Opcode::pong}) {
    const std::string frame = encode_frame(opcode, "x");
    EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0x80 | static_cast<int>(opcode));
  }
}

TEST(Frame, IsReadAgain) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 200'000U}) {
    const std::string payload(size, 'x');
    std::string frames = encode_frame(Opcode::text, payload);
    const std::size_t first = frames.size();
    frames += encode_frame(Opcode::text, "next");
    EXPECT_EQ(first_payload(frames), payload);
    EXPECT_EQ(first_payload(std::string_view(frames).substr(first)), "next");
  }
}

TEST(Frame, SkipsFramesOfAllLengths) {
  std::string frames;
  for (const std::size_t size : {0UL, 125UL, 126UL, 65535UL, 65536UL}) {
    frames += encode_frame(Opcode::text, std::string(size, 'x'));
  }
  const std::string last = encode_frame(Opcode::text, "last");
  EXPECT_EQ(skip_frames(frames + last, 5), last);
  EXPECT_EQ(skip_frames(frames, 5), "");
  EXPECT_EQ(skip_frames(last, 0), last);
}

TEST(Frame, TellsControlFramesFromDataFrames) {
  EXPECT_TRUE(is_control(Opcode::close) && is_control(Opcode::ping) && is_control(Opcode::pong));
  EXPECT_FALSE(is_control(Opcode::text) || is_control(Opcode::binary) || is_control(Opcode::continuation));
}

TEST(CloseFrame, CarriesCodeAndReason) {
  EXPECT_EQ(encode_close(1000, ""), "\x88\x02\x03\xE8"s);
  EXPECT_EQ(encode_close(4529, "rate_limited"), "\x88\x0E\x11\xB1rate_limited"s);
}

TEST(CloseFrame, CutsALongReasonBetweenCharacters) {
  const std::string characters[] = {"a", "\u00e9", "\u20ac", "\U0001F3AE"};
  for (const std::string& character : characters) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string reason(shift, '.');
      while (reason.size() < 200) {
        reason += character;
      }
      const std::string frame = encode_close(1011, reason);
      ASSERT_LE(frame.size(), 2 + max_control_payload);
      const std::string sent = frame.substr(4);
      EXPECT_TRUE(is_valid_utf8(sent)) << character << shift;
      EXPECT_TRUE(reason.starts_with(sent));
      EXPECT_GT(sent.size(), max_close_reason - character.size());
    }
  }
}

TEST(CloseFrame, LeavesAReasonThatFitsAlone) {
  const std::string reason(max_close_reason, 'r');
  EXPECT_EQ(encode_close(1000, reason).substr(4), reason);
}

TEST(Mask, UnmasksTheExampleOfTheStandard) {
  // RFC 6455 §5.7: a single-frame masked text message.
  std::string text = "\x7f\x9f\x4d\x51\x58";
  apply_mask(text, std::span<const char, 4>("\x37\xfa\x21\x3d", 4), 0);
  EXPECT_EQ(text, "Hello");
}

TEST(Mask, IsTheSameForEveryLengthOffsetAndAlignment) {
  const std::array<char, 4> key{'\x01', '\x7f', '\xff', '\x80'};
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t size = 0; size < 40; ++size) {
      for (std::size_t offset = 0; offset < 9; ++offset) {
        std::string data(start + size, 'q');
        apply_mask(std::span(data).subspan(start), key, offset);
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_EQ(data[start + i], static_cast<char>('q' ^ key[(offset + i) % 4])) << start << size << offset;
        }
        EXPECT_TRUE(std::all_of(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(start),
                                [](char c) { return c == 'q'; }));
      }
    }
  }
}

}  // namespace
}  // namespace lobbyd::websocket
