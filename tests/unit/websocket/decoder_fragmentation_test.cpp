#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::websocket::test {
namespace {

TEST(DecoderFragmentation, JoinsFragments) {
  for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
    const std::string bytes = fragment(opcode, "fragment1") + client_frame(Opcode::continuation, "fragment2");
    EXPECT_EQ(decode(bytes), (Transcript{{{opcode, "fragment1fragment2"}}, {}}));
  }
}

TEST(DecoderFragmentation, JoinsEmptyFragments) {
  const std::string nothing =
      fragment(Opcode::text, "") + fragment(Opcode::continuation, "") + client_frame(Opcode::continuation, "");
  EXPECT_EQ(decode(nothing), (Transcript{{{Opcode::text, ""}}, {}}));
  const std::string middle =
      fragment(Opcode::text, "") + fragment(Opcode::continuation, "middle") + client_frame(Opcode::continuation, "");
  EXPECT_EQ(decode(middle), (Transcript{{{Opcode::text, "middle"}}, {}}));
  const std::string last = fragment(Opcode::text, "") + client_frame(Opcode::continuation, "last");
  EXPECT_EQ(decode(last), (Transcript{{{Opcode::text, "last"}}, {}}));
}

TEST(DecoderFragmentation, JoinsManySmallFragments) {
  std::string bytes = fragment(Opcode::binary, "0");
  std::string payload = "0";
  for (int i = 1; i < 1000; ++i) {
    payload.push_back(static_cast<char>(i));
    bytes += fragment(Opcode::continuation, payload.substr(payload.size() - 1));
  }
  bytes += client_frame(Opcode::continuation, "");
  EXPECT_EQ(decode(bytes), (Transcript{{{Opcode::binary, payload}}, {}}));
}

TEST(DecoderFragmentation, HandsControlFramesOverBetweenFragments) {
  const std::string bytes = fragment(Opcode::text, "fragment1") + client_frame(Opcode::ping, "ping") +
                            fragment(Opcode::continuation, "fragment2") + client_frame(Opcode::pong, "pong") +
                            client_frame(Opcode::continuation, "fragment3");
  EXPECT_EQ(decode(bytes),
            (Transcript{{{Opcode::ping, "ping"}, {Opcode::pong, "pong"}, {Opcode::text, "fragment1fragment2fragment3"}},
                        {}}));
}

TEST(DecoderFragmentation, StartsAnewAfterAFragmentedMessage) {
  const std::string message = fragment(Opcode::text, "a") + client_frame(Opcode::continuation, "b");
  const std::string binary = fragment(Opcode::binary, "\xff") + client_frame(Opcode::continuation, "\xff");
  EXPECT_EQ(decode(message + binary + message),
            (Transcript{{{Opcode::text, "ab"}, {Opcode::binary, "\xff\xff"}, {Opcode::text, "ab"}}, {}}));
}

TEST(DecoderFragmentation, EndsWithACloseInTheMidstOfAMessage) {
  const std::string bytes = fragment(Opcode::text, "a") + client_frame(Opcode::close, close_payload(1000)) +
                            client_frame(Opcode::continuation, "b");
  EXPECT_EQ(decode(bytes), (Transcript{{{Opcode::close, "", 1000}}, {}}));
}

TEST(DecoderFragmentation, RefusesAContinuationWithoutAStart) {
  const std::string whole = client_frame(Opcode::text, "whole");
  const std::string fragmented = fragment(Opcode::text, "a") + client_frame(Opcode::continuation, "b");
  for (const std::string& before : {std::string(), whole, fragmented}) {
    for (const std::string& stray : {client_frame(Opcode::continuation, "x"), fragment(Opcode::continuation, ""),
                                     client_frame(Opcode::continuation, "")}) {
      const Transcript transcript = decode(before + stray);
      EXPECT_EQ(transcript.events.size(), before.empty() ? 0U : 1U);
      ASSERT_TRUE(transcript.fault);
      EXPECT_EQ(transcript.fault->code, FaultCode::protocol_error);
      EXPECT_TRUE(transcript.fault->rule.starts_with("RFC 6455 §5.4"));
    }
  }
}

TEST(DecoderFragmentation, RefusesAMessageWithinAMessage) {
  for (const Opcode first : {Opcode::text, Opcode::binary}) {
    for (const Opcode second : {Opcode::text, Opcode::binary}) {
      for (const bool final : {false, true}) {
        const Transcript transcript = decode(fragment(first, "a") + client_frame(second, "b", {.final = final}));
        EXPECT_TRUE(transcript.events.empty());
        ASSERT_TRUE(transcript.fault);
        EXPECT_EQ(transcript.fault->code, FaultCode::protocol_error);
        EXPECT_TRUE(transcript.fault->rule.starts_with("RFC 6455 §5.4"));
      }
    }
  }
}

}  // namespace
}  // namespace lobbyd::websocket::test
