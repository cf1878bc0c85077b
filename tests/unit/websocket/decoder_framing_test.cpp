#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>

// Framing, pings and pongs, reserved bits, opcodes and limits.
namespace lobbyd::websocket::test {
namespace {

using namespace std::string_literals;

TEST(DecoderFraming, ReadsTheExamplesOfTheStandard) {
  // RFC 6455 §5.7
  EXPECT_EQ(decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s), (Transcript{{{Opcode::text, "Hello"}}, {}}));
  EXPECT_EQ(decode("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"s), (Transcript{{{Opcode::pong, "Hello"}}, {}}));
}

TEST(DecoderFraming, TakesMessagesOfEveryLengthClass) {
  for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 125U, 126U, 127U, 128U, 65535U, 65536U}) {
      const std::string payload(size, '*');
      EXPECT_EQ(decode(client_frame(opcode, payload)), (Transcript{{{opcode, payload}}, {}})) << size;
    }
  }
}

TEST(DecoderFraming, TakesAnyBytesInBinaryMessages) {
  const std::string payload = "\x00\xff\xfe\x80"s;
  EXPECT_EQ(decode(client_frame(Opcode::binary, payload)), (Transcript{{{Opcode::binary, payload}}, {}}));
}

TEST(DecoderFraming, TakesSeveralFramesFromOneBuffer) {
  const std::string bytes = client_frame(Opcode::text, "one") + client_frame(Opcode::ping, "") +
                            client_frame(Opcode::text, "two", {.key = "\xff\x00\xff\x00"s}) +
                            client_frame(Opcode::pong, "p");
  EXPECT_EQ(decode(bytes),
            (Transcript{{{Opcode::text, "one"}, {Opcode::ping, ""}, {Opcode::text, "two"}, {Opcode::pong, "p"}}, {}}));
}

TEST(DecoderFraming, TakesControlFramesUpTo125Bytes) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong}) {
    for (const std::size_t size : {0U, 1U, 124U, 125U}) {
      const std::string payload(size, '\xfe');
      EXPECT_EQ(decode(client_frame(opcode, payload)), (Transcript{{{opcode, payload}}, {}})) << size;
    }
  }
}

TEST(DecoderFraming, SaysNothingWithoutAFrame) {
  EXPECT_EQ(decode(""), Transcript());
  EXPECT_EQ(decode("\x81"s), Transcript());
  EXPECT_EQ(decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f"s), Transcript());
}

struct FaultCase {
  const char* name;
  std::string bytes;
  FaultCode code;
  const char* section;
};

class DecoderFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(DecoderFaults, EndTheConnectionAfterWhatCameBefore) {
  const std::string before = client_frame(Opcode::text, "before");
  const std::string behind = client_frame(Opcode::text, "behind");
  const Transcript transcript = decode(before + GetParam().bytes + behind, {.max_message_bytes = 1000});
  EXPECT_EQ(transcript.events, (std::vector<Received>{{Opcode::text, "before"}}));
  ASSERT_TRUE(transcript.fault);
  EXPECT_EQ(transcript.fault->code, GetParam().code);
  EXPECT_TRUE(transcript.fault->rule.starts_with("RFC 6455 "s + GetParam().section)) << transcript.fault->rule;
}

const Opcode reserved_opcodes[] = {static_cast<Opcode>(3),  static_cast<Opcode>(4),  static_cast<Opcode>(5),
                                   static_cast<Opcode>(6),  static_cast<Opcode>(7),  static_cast<Opcode>(11),
                                   static_cast<Opcode>(12), static_cast<Opcode>(13), static_cast<Opcode>(14),
                                   static_cast<Opcode>(15)};

std::vector<FaultCase> framing_faults() {
  constexpr auto protocol_error = FaultCode::protocol_error;
  const std::string long_payload(126, 'x');
  std::vector<FaultCase> cases{
      {"text_unmasked", client_frame(Opcode::text, "x", {.masked = false}), protocol_error, "§5.1"},
      {"ping_unmasked", client_frame(Opcode::ping, "", {.masked = false}), protocol_error, "§5.1"},
      {"ping_126_bytes", client_frame(Opcode::ping, long_payload), protocol_error, "§5.5"},
      {"pong_126_bytes", client_frame(Opcode::pong, long_payload), protocol_error, "§5.5"},
      {"close_126_bytes", client_frame(Opcode::close, long_payload), protocol_error, "§5.5"},
      {"ping_length_of_8_bytes", client_frame(Opcode::ping, "", {.length_bytes = 8}), protocol_error, "§5.5"},
      {"ping_fragmented", client_frame(Opcode::ping, "x", {.final = false}), protocol_error, "§5.5"},
      {"pong_fragmented", client_frame(Opcode::pong, "x", {.final = false}), protocol_error, "§5.5"},
      {"close_fragmented", client_frame(Opcode::close, "", {.final = false}), protocol_error, "§5.5"},
      {"length_0_in_2_bytes", client_frame(Opcode::text, "", {.length_bytes = 2}), protocol_error, "§5.2"},
      {"length_125_in_2_bytes", client_frame(Opcode::text, long_payload.substr(1), {.length_bytes = 2}), protocol_error,
       "§5.2"},
      {"length_0_in_8_bytes", client_frame(Opcode::text, "", {.length_bytes = 8}), protocol_error, "§5.2"},
      {"length_65535_in_8_bytes", client_frame(Opcode::text, "", {.length_bytes = 8, .told_length = 65535}),
       protocol_error, "§5.2"},
      {"length_top_bit", client_frame(Opcode::text, "", {.told_length = std::uint64_t{1} << 63}), protocol_error,
       "§5.2"},
      {"length_all_bits", client_frame(Opcode::text, "", {.told_length = ~std::uint64_t{0}}), protocol_error, "§5.2"},
      {"too_large_by_one", client_frame(Opcode::text, std::string(1001, 'x')), FaultCode::too_large, "§7.4.1"},
      {"too_large_binary", client_frame(Opcode::binary, std::string(1001, 'x')), FaultCode::too_large, "§7.4.1"},
      {"too_large_header_alone", client_frame(Opcode::text, "", {.told_length = ~std::uint64_t{0} >> 1}),
       FaultCode::too_large, "§7.4.1"},
      {"too_large_in_fragments",
       fragment(Opcode::text, std::string(600, 'x')) + client_frame(Opcode::continuation, std::string(401, 'x')),
       FaultCode::too_large, "§7.4.1"},
      {"too_large_in_second_of_three",
       fragment(Opcode::text, std::string(1000, 'x')) + fragment(Opcode::continuation, "x"), FaultCode::too_large,
       "§7.4.1"},
  };
  for (std::uint8_t bits = 1; bits < 8; ++bits) {
    cases.push_back({"reserved_bits", client_frame(Opcode::text, "x", {.reserved = bits}), protocol_error, "§5.2"});
    cases.push_back({"reserved_bits_ping", client_frame(Opcode::ping, "", {.reserved = bits}), protocol_error, "§5.2"});
    cases.push_back(
        {"reserved_bits_close", client_frame(Opcode::close, "", {.reserved = bits}), protocol_error, "§5.2"});
  }
  for (const Opcode opcode : reserved_opcodes) {
    cases.push_back({"reserved_opcode", client_frame(opcode, ""), protocol_error, "§5.2"});
    cases.push_back({"reserved_opcode_with_payload", client_frame(opcode, "payload"), protocol_error, "§5.2"});
  }
  return cases;
}

std::string case_name(const testing::TestParamInfo<FaultCase>& info) {
  return info.param.name + "_"s + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Framing, DecoderFaults, testing::ValuesIn(framing_faults()), case_name);

TEST(DecoderLimits, TakeAMessageOfExactlyTheLimit) {
  const std::string payload(1000, 'x');
  const Limits limits{.max_message_bytes = 1000};
  EXPECT_EQ(decode(client_frame(Opcode::text, payload), limits), (Transcript{{{Opcode::text, payload}}, {}}));
  const std::string fragments = fragment(Opcode::text, payload.substr(0, 600)) + fragment(Opcode::continuation, "") +
                                client_frame(Opcode::continuation, payload.substr(600));
  EXPECT_EQ(decode(fragments, limits), (Transcript{{{Opcode::text, payload}}, {}}));
}

TEST(DecoderLimits, CountEachMessageByItself) {
  const std::string payload(1000, 'x');
  const std::string frame = client_frame(Opcode::text, payload);
  const std::string fragments = fragment(Opcode::text, payload) + client_frame(Opcode::continuation, "");
  const Transcript transcript = decode(frame + fragments + frame + fragments, {.max_message_bytes = 1000});
  EXPECT_EQ(transcript.events.size(), 4U);
  EXPECT_FALSE(transcript.fault);
}

TEST(DecoderLimits, DoNotCountControlFrames) {
  const std::string payload(100, 'x');
  const std::string bytes =
      fragment(Opcode::text, payload) + client_frame(Opcode::ping, payload) + client_frame(Opcode::continuation, "");
  EXPECT_EQ(decode(bytes, {.max_message_bytes = 100}),
            (Transcript{{{Opcode::ping, payload}, {Opcode::text, payload}}, {}}));
}

TEST(DecoderLimits, AllowNothingButEmptyMessagesAtZero) {
  EXPECT_EQ(decode(client_frame(Opcode::text, ""), {.max_message_bytes = 0}), (Transcript{{{Opcode::text, ""}}, {}}));
  EXPECT_EQ(decode(client_frame(Opcode::text, "x"), {.max_message_bytes = 0}).fault->code, FaultCode::too_large);
}

}  // namespace
}  // namespace lobbyd::websocket::test
