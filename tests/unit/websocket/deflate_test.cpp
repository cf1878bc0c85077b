#include "protocol/websocket/deflate.hpp"

#include "protocol/websocket/frame.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>
#include <zlib.h>

namespace lobbyd::websocket {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) {
    result.push_back(static_cast<char>(value));
  }
  return result;
}

// Nothing where it is no whole DEFLATE stream.
std::optional<std::string> inflated(Inflater& inflater, std::string_view payload) {
  std::string message;
  inflater.begin(payload);
  for (;;) {
    const auto part = inflater.next();
    if (!part) {
      return std::nullopt;
    }
    if (part->empty()) {
      EXPECT_TRUE(inflater.next() && inflater.next()->empty()) << "the end stays the end";
      return message;
    }
    message += *part;
  }
}

std::optional<std::string> inflated(std::string_view payload) {
  Inflater inflater;
  return inflated(inflater, payload);
}

// The payload of one compressed message; empty where it stays as it is.
std::string deflated(Deflater& deflater, std::string_view message) {
  const auto frame = deflater.compress(encode_frame(Opcode::text, message));
  return frame ? std::string(first_payload(*frame)) : std::string();
}

std::string text_like(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    text +=
        R"({"player":"player-)" + std::to_string(random() % 1000) + R"(","score":)" + std::to_string(random()) + "},";
  }
  return text.substr(0, size);
}

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string result(size, '\0');
  for (char& byte : result) {
    byte = static_cast<char>(random());
  }
  return result;
}

// RFC 7692 §7.2.3
TEST(Inflate, TakesTheExamplesOfTheStandard) {
  EXPECT_EQ(inflated(bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})), "Hello");
  EXPECT_EQ(inflated(bytes({0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00})), "Hello")
      << "a block without compression";
  EXPECT_EQ(inflated(bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})), "Hello")
      << "a block that says it is the last";
  EXPECT_EQ(inflated(bytes({0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00})), "Hello")
      << "two blocks";
  EXPECT_EQ(inflated(bytes({0x00})), "") << "an empty message";
  EXPECT_EQ(inflated(bytes({0x02, 0x00})), "") << "an empty message of two blocks";
}

TEST(Inflate, TakesSeveralLastBlocks) {
  const std::string last = bytes({0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00});
  EXPECT_EQ(inflated(last + last + bytes({0x00})), "HelloHello");
}

// RFC 7692 §7.2.3.2: the second message of a client that goes on with the window of the first.
TEST(Inflate, KnowsNothingOfTheMessageBefore) {
  Inflater inflater;
  EXPECT_EQ(inflated(inflater, bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})), "Hello");
  EXPECT_FALSE(inflated(inflater, bytes({0xf2, 0x00, 0x11, 0x00, 0x00})));
  EXPECT_EQ(inflated(inflater, bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00})), "Hello");
}

TEST(Inflate, RefusesWhatIsNoStream) {
  for (const std::string& bad : {std::string(), bytes({0xff}), bytes({0x06}), bytes({0x07, 0x00}), noise(100),
                                 bytes({0x00, 0x05, 0x00, 0x00, 0x00, 0x48}), std::string(100, '\xff'),
                                 bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff})}) {
    EXPECT_FALSE(inflated(bad)) << bad.size();
  }
}

TEST(Inflate, RefusesEveryCutStream) {
  Deflater deflater({.level = 9, .min_bytes = 0});
  for (const std::string& message : {std::string("Hello Hello Hello"), text_like(2000, 1), std::string(100'000, 'a')}) {
    const std::string payload = deflated(deflater, message);
    ASSERT_EQ(inflated(payload), message);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      ASSERT_FALSE(inflated(payload.substr(0, size))) << size << " of " << payload.size();
    }
  }
}

TEST(Inflate, GivesPartsThatTheCallerCanStopAt) {
  Deflater deflater({.min_bytes = 0});
  const std::string bomb = deflated(deflater, std::string(20U << 20U, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  Inflater inflater;
  inflater.begin(bomb);
  for (int i = 0; i < 4; ++i) {
    const auto part = inflater.next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->size(), 16U << 10U);
  }
  EXPECT_EQ(inflated(inflater, bytes({0x00})), "") << "another message may begin at any time";
}

TEST(Inflate, HandsOverPartsThatEndAnywhere) {
  Deflater deflater({.min_bytes = 0});
  Inflater inflater;
  for (const std::size_t size : {1U, 2U, 16383U, 16384U, 16385U, 32767U, 32768U, 32769U, 49152U}) {
    const std::string run(size, 'x');
    EXPECT_EQ(inflated(inflater, size > 4 ? deflated(deflater, run) : bytes({0x00})), size > 4 ? run : "");
    const std::string text = text_like(size, 3);
    EXPECT_EQ(inflated(inflater, size > 100 ? deflated(deflater, text) : bytes({0x00})), size > 100 ? text : "")
        << size;
  }
}

TEST(Inflate, DoesNotBreakOnNoise) {
  std::mt19937 random(20240517);
  Inflater inflater;
  Deflater deflater({.min_bytes = 0});
  const std::string good = deflated(deflater, text_like(600, 5));
  for (int round = 0; round < 20'000; ++round) {
    std::string payload = round % 2 == 0 ? good : std::string(random() % 40, '\0');
    for (std::size_t changes = payload.empty() ? 0 : 1 + random() % 8; changes > 0; --changes) {
      payload[random() % payload.size()] = static_cast<char>(random());
    }
    inflated(inflater, payload);
  }
  EXPECT_EQ(inflated(inflater, good), text_like(600, 5));
}

// Compressing ---------------------------------------------------------------------------------------------------------

// RFC 7692 §7.2.3.1
TEST(Deflate, MakesTheExampleOfTheStandard) {
  Deflater deflater({.min_bytes = 0});
  const std::string hello = deflated(deflater, "HelloHelloHelloHello");
  EXPECT_TRUE(hello.starts_with(bytes({0xf2, 0x48, 0xcd, 0xc9, 0xc9})))
      << "the first five letters are those of the example";
  EXPECT_EQ(inflated(hello), "HelloHelloHelloHello");
  EXPECT_EQ(deflated(deflater, "HelloHelloHelloHello"), hello) << "nothing of the message before is used";
}

TEST(Deflate, MarksTheFrame) {
  Deflater deflater({.min_bytes = 0});
  for (const std::size_t size : {100U, 1000U, 70'000U, 500'000U}) {
    const std::string text = text_like(size, 2);
    const auto frame = deflater.compress(encode_frame(Opcode::text, text));
    ASSERT_TRUE(frame);
    EXPECT_EQ(static_cast<unsigned char>((*frame)[0]), 0x80U | 0x40U | 0x01U);
    const std::string_view payload = first_payload(*frame);
    EXPECT_EQ(payload.data() + payload.size(), frame->data() + frame->size());
    EXPECT_EQ(frame->size(), header_size(payload.size()) + payload.size());
    EXPECT_LT(payload.size(), size);
    EXPECT_EQ(inflated(payload), text);
  }
}

TEST(Deflate, LeavesSmallMessagesAsTheyAre) {
  Deflater deflater({.min_bytes = 200});
  EXPECT_FALSE(deflater.compress(encode_frame(Opcode::text, std::string(199, 'x'))));
  EXPECT_TRUE(deflater.compress(encode_frame(Opcode::text, std::string(200, 'x'))));
}

TEST(Deflate, LeavesWhatDoesNotGetSmallerAsItIs) {
  Deflater deflater({.min_bytes = 0});
  for (const std::string& message : {std::string(), std::string("x"), noise(300), noise(70'000)}) {
    EXPECT_FALSE(deflater.compress(encode_frame(Opcode::text, message))) << message.size();
  }
  EXPECT_TRUE(deflater.compress(encode_frame(Opcode::text, std::string(50, 'x')))) << "the next one is not concerned";
}

TEST(Deflate, GivesSmallerPayloadsOnly) {
  Deflater deflater({.min_bytes = 0});
  Inflater inflater;
  for (std::size_t size = 0; size < 60; ++size) {
    const std::string message(size, 'x');
    if (const auto frame = deflater.compress(encode_frame(Opcode::text, message))) {
      EXPECT_LT(first_payload(*frame).size(), size);
      EXPECT_EQ(inflated(inflater, first_payload(*frame)), message);
    } else {
      EXPECT_LT(size, 10U);
    }
  }
}

TEST(Deflate, CompressesEachOfSeveralFrames) {
  Deflater deflater({.min_bytes = 100});
  const std::vector<std::string> messages{text_like(500, 1), "small", noise(300), text_like(70'000, 2), ""};
  std::string frames;
  for (const std::string& message : messages) {
    frames += encode_frame(Opcode::text, message);
  }
  const auto compressed = deflater.compress(frames);
  ASSERT_TRUE(compressed);
  std::string_view rest = *compressed;
  for (const std::string& message : messages) {
    const bool marked = (static_cast<unsigned char>(rest[0]) & compressed_bit) != 0;
    EXPECT_EQ(marked, message == messages[0] || message == messages[3]);
    const std::string_view payload = first_payload(rest);
    EXPECT_EQ(marked ? inflated(payload) : std::string(payload), message);
    rest = rest.substr(static_cast<std::size_t>(payload.data() + payload.size() - rest.data()));
  }
  EXPECT_TRUE(rest.empty());
}

// What a client with a window of that size makes of it.
bool fits_window(std::string_view payload, int window_bits) {
  z_stream stream{};
  inflateInit2(&stream, -window_bits);
  std::string input(payload);
  std::string output(1U << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  int result = Z_OK;
  // In small pieces of output: within one piece zlib sees more than the window.
  while (result == Z_OK && stream.avail_in > 0) {
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = 1;
    result = inflate(&stream, Z_SYNC_FLUSH);
  }
  inflateEnd(&stream);
  return result == Z_OK || result == Z_BUF_ERROR;
}

TEST(Deflate, StaysWithinItsWindow) {
  const std::string far = noise(600) + text_like(300, 1);
  const std::string message = far + std::string(4000, ' ') + far + std::string(30'000, '-') + far;
  for (const int bits : {9, 12, 15}) {
    for (const int level : {1, 6, 9}) {
      Deflater deflater({.window_bits = bits, .level = level, .min_bytes = 0});
      const std::string payload = deflated(deflater, message);
      EXPECT_EQ(inflated(payload), message);
      EXPECT_TRUE(fits_window(payload, bits)) << bits << " " << level;
    }
  }
  Deflater largest({.min_bytes = 0});
  EXPECT_FALSE(fits_window(deflated(largest, message), 9)) << "or this would prove nothing";
}

}  // namespace
}  // namespace lobbyd::websocket
