#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Compressed messages (RFC 7692).
namespace lobbyd::websocket::test {
namespace {

constexpr FrameOptions marked{.reserved = compressed};

std::string compressed_frame(Opcode opcode, std::string_view message) {
  return client_frame(opcode, deflated(message), marked);
}

// In two fragments.
std::string compressed_fragments(std::string_view message, const std::string& between = {}) {
  const std::string payload = deflated(message);
  const std::size_t middle = payload.size() / 2;
  return client_frame(Opcode::text, payload.substr(0, middle), {.final = false, .reserved = compressed}) + between +
         client_frame(Opcode::continuation, payload.substr(middle));
}

std::string greeting() {
  return "hello hello hello hello gr\u00fc\u00df gr\u00fc\u00df gr\u00fc\u00df gr\u00fc\u00df gr\u00fc\u00df";
}

class DecoderDeflate : public testing::Test {
 protected:
  Transcript decode(std::string_view bytes) { return test::decode(bytes, limits_, &inflater_); }

  Limits limits_{.max_message_bytes = 1000};
  Inflater inflater_;
};

TEST_F(DecoderDeflate, HandsOverWhatWasCompressed) {
  const Transcript transcript =
      decode(compressed_frame(Opcode::text, greeting()) + client_frame(Opcode::text, "plain") +
             compressed_frame(Opcode::binary, std::string(400, '\xff')));
  EXPECT_EQ(
      transcript,
      (Transcript{
          .events = {{Opcode::text, greeting()}, {Opcode::text, "plain"}, {Opcode::binary, std::string(400, '\xff')}},
          .fault = {}}));
}

TEST_F(DecoderDeflate, JoinsFragmentsWithControlFramesBetween) {
  const Transcript transcript = decode(compressed_fragments(greeting(), client_frame(Opcode::ping, "between")) +
                                       compressed_fragments(greeting()));
  EXPECT_EQ(transcript,
            (Transcript{.events = {{Opcode::ping, "between"}, {Opcode::text, greeting()}, {Opcode::text, greeting()}},
                        .fault = {}}));
}

TEST_F(DecoderDeflate, TakesAnEmptyMessage) {
  const Transcript transcript =
      decode(client_frame(Opcode::text, std::string(1, '\0'), marked) + client_frame(Opcode::text, "next"));
  EXPECT_EQ(transcript, (Transcript{.events = {{Opcode::text, ""}, {Opcode::text, "next"}}, .fault = {}}));
}

TEST_F(DecoderDeflate, NeedsAnAgreement) {
  EXPECT_EQ(test::decode(compressed_frame(Opcode::text, greeting())).fault->code, FaultCode::protocol_error);
}

// RFC 7692 §6.1
TEST_F(DecoderDeflate, IsMarkedInTheFirstFrameOfAMessageAlone) {
  const std::string begun = client_frame(Opcode::text, deflated(greeting()), {.final = false, .reserved = compressed});
  for (const std::string& bytes :
       {client_frame(Opcode::ping, "", marked), client_frame(Opcode::pong, "", marked),
        client_frame(Opcode::close, "", marked), client_frame(Opcode::continuation, "", marked),
        begun + client_frame(Opcode::continuation, "", marked),
        fragment(Opcode::text, "plain") + client_frame(Opcode::continuation, "", marked)}) {
    const Transcript transcript = decode(bytes);
    ASSERT_TRUE(transcript.fault);
    EXPECT_EQ(transcript.fault->code, FaultCode::protocol_error);
    EXPECT_TRUE(transcript.events.empty());
  }
}

TEST_F(DecoderDeflate, HasNoOtherReservedBits) {
  for (const int reserved : {1, 2, 3, 5, 6, 7}) {
    const auto bits = static_cast<std::uint8_t>(reserved);
    EXPECT_EQ(decode(client_frame(Opcode::text, deflated(greeting()), {.reserved = bits})).fault->code,
              FaultCode::protocol_error);
  }
}

TEST_F(DecoderDeflate, TakesNoBrokenStream) {
  const std::string payload = deflated(greeting());
  for (const std::string& bad :
       {std::string(), std::string(20, '\xff'), payload.substr(0, payload.size() - 1), payload + payload.substr(1)}) {
    const Transcript transcript = decode(client_frame(Opcode::text, bad, marked));
    ASSERT_TRUE(transcript.fault);
    EXPECT_EQ(transcript.fault->code, FaultCode::protocol_error);
  }
}

TEST_F(DecoderDeflate, ChecksTheTextThatWasCompressed) {
  for (const std::string bad : {"\xff", "\xc3", "\xed\xa0\x80"}) {
    const Transcript transcript = decode(compressed_frame(Opcode::text, std::string(100, 'x') + bad));
    ASSERT_TRUE(transcript.fault);
    EXPECT_EQ(transcript.fault->code, FaultCode::invalid_utf8);
  }
  EXPECT_FALSE(decode(compressed_frame(Opcode::binary, std::string(100, '\xff'))).fault);
}

TEST_F(DecoderDeflate, TakesWhatDecompressesToTheLimitAndNoMore) {
  EXPECT_EQ(decode(compressed_frame(Opcode::text, std::string(1000, 'x'))).events.size(), 1U);
  EXPECT_EQ(decode(compressed_fragments(std::string(1000, 'x'))).events.size(), 1U);
  for (const std::size_t size : {1001U, 16'384U, 16'385U, 10'000'000U}) {
    for (const std::string& bytes :
         {compressed_frame(Opcode::text, std::string(size, 'x')), compressed_fragments(std::string(size, 'x'))}) {
      ASSERT_TRUE(decode(bytes).fault) << size;
      EXPECT_EQ(decode(bytes).fault->code, FaultCode::too_large) << size;
    }
  }
}

// The frame's header is enough, as for other messages.
TEST_F(DecoderDeflate, TakesNoMoreThanTheLimitCompressed) {
  const std::string header = client_frame(Opcode::text, "", {.reserved = compressed, .told_length = 1001});
  EXPECT_EQ(decode(header).fault->code, FaultCode::too_large);
}

TEST_F(DecoderDeflate, LimitsLargeMessagesExactly) {
  limits_.max_message_bytes = 100'000;
  EXPECT_EQ(decode(compressed_frame(Opcode::text, std::string(100'000, 'x'))).events.size(), 1U);
  EXPECT_EQ(decode(compressed_frame(Opcode::text, std::string(100'001, 'x'))).fault->code, FaultCode::too_large);
}

TEST_F(DecoderDeflate, GivesTheSameHoweverItIsCut) {
  const std::string good = compressed_frame(Opcode::text, greeting()) + client_frame(Opcode::text, "plain");
  std::string broken = deflated(greeting());
  broken[10] = static_cast<char>(~broken[10]);
  for (const std::string& bytes :
       {good + compressed_fragments(greeting(), client_frame(Opcode::ping, "between")) + good,
        good + client_frame(Opcode::text, broken, marked) + good,
        good + compressed_frame(Opcode::text, greeting() + "\xff"),
        good + compressed_frame(Opcode::text, std::string(1001, 'x'))}) {
    const Transcript whole = decode(bytes);
    EXPECT_GE(whole.events.size(), 2U);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      Decoder decoder(limits_, &inflater_);
      const std::string_view view(bytes);
      ASSERT_EQ(feed(decoder, {view.substr(0, cut), view.substr(cut)}), whole) << cut;
    }
    for (std::size_t size = 1; size < 40; ++size) {
      ASSERT_EQ(decode_in_chunks(bytes, size, limits_, &inflater_), whole) << size;
    }
  }
}

TEST_F(DecoderDeflate, HoldsOneMessageAtMostAndGivesItBack) {
  Decoder decoder(limits_, &inflater_);
  EXPECT_EQ(decoder.buffered_bytes(), 0U);
  const std::string bytes = compressed_frame(Opcode::text, std::string(1000, 'x')) + compressed_fragments(greeting());
  for (const char& byte : bytes) {
    feed(decoder, {std::string_view(&byte, 1)});
    ASSERT_LE(decoder.buffered_bytes(), 1000U);
  }
  EXPECT_EQ(decoder.buffered_bytes(), 0U);
  feed(decoder, {compressed_frame(Opcode::text, std::string(1'000'000, 'x'))});
  EXPECT_EQ(decoder.buffered_bytes(), 0U);
}

// One serves many connections, whose messages come in pieces.
TEST_F(DecoderDeflate, LetsDecodersShareADecompressor) {
  const std::string bytes = compressed_fragments(greeting());
  std::vector<Decoder> decoders(3, Decoder(limits_, &inflater_));
  std::vector<Transcript> transcripts(3);
  for (const char& byte : bytes) {
    for (std::size_t i = 0; i < decoders.size(); ++i) {
      for (const Received& event : feed(decoders[i], {std::string_view(&byte, 1)}).events) {
        transcripts[i].events.push_back(event);
      }
    }
  }
  for (const Transcript& transcript : transcripts) {
    EXPECT_EQ(transcript, (Transcript{.events = {{Opcode::text, greeting()}}, .fault = {}}));
  }
}

}  // namespace
}  // namespace lobbyd::websocket::test
