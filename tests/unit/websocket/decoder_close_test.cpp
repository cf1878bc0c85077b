#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::websocket::test {
namespace {

TEST(DecoderClose, TakesACloseWithoutACode) {
  EXPECT_EQ(decode(client_frame(Opcode::close, "")), (Transcript{{{Opcode::close, "", no_status_received}}, {}}));
}

TEST(DecoderClose, TakesCodesThatMayBeSent) {
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999}) {
    const auto sent = static_cast<std::uint16_t>(code);
    EXPECT_EQ(decode(client_frame(Opcode::close, close_payload(sent))), (Transcript{{{Opcode::close, "", sent}}, {}}));
    EXPECT_EQ(decode(client_frame(Opcode::close, close_payload(sent, "gone"))),
              (Transcript{{{Opcode::close, "gone", sent}}, {}}));
  }
}

TEST(DecoderClose, RefusesCodesThatMayNotBeSent) {
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    for (const char* reason : {"", "reason"}) {
      const std::string payload = close_payload(static_cast<std::uint16_t>(code), reason);
      const Transcript transcript = decode(client_frame(Opcode::close, payload));
      EXPECT_TRUE(transcript.events.empty()) << code;
      ASSERT_TRUE(transcript.fault) << code;
      EXPECT_EQ(transcript.fault->code, FaultCode::protocol_error) << code;
    }
  }
}

TEST(DecoderClose, RefusesHalfACode) {
  EXPECT_EQ(decode(client_frame(Opcode::close, "\x03")).fault.value().code, FaultCode::protocol_error);
}

TEST(DecoderClose, TakesTheLongestReason) {
  const std::string reason(max_close_reason, '*');
  EXPECT_EQ(decode(client_frame(Opcode::close, close_payload(1000, reason))),
            (Transcript{{{Opcode::close, reason, 1000}}, {}}));
}

TEST(DecoderClose, RefusesAReasonThatIsNotUtf8) {
  for (const char* reason : {"\xff", "\xce\xba\xed\xa0\x80", "cut \xe1\xbd"}) {
    const Transcript transcript = decode(client_frame(Opcode::close, close_payload(1000, reason)));
    EXPECT_TRUE(transcript.events.empty());
    EXPECT_EQ(transcript.fault.value().code, FaultCode::invalid_utf8);
  }
}

TEST(DecoderClose, DropsAllThatComesAfterIt) {
  const std::string close = client_frame(Opcode::close, close_payload(1000));
  const Transcript closed{{{Opcode::close, "", 1000}}, {}};
  EXPECT_EQ(decode(close + client_frame(Opcode::ping, "")), closed);
  EXPECT_EQ(decode(close + client_frame(Opcode::text, "late")), closed);
  EXPECT_EQ(decode(close + close), closed);
  EXPECT_EQ(decode(close + "garbage"), closed);
}

TEST(DecoderClose, FaultsAreToldOnce) {
  Decoder decoder(Limits{});
  EXPECT_TRUE(feed(decoder, {"\xff\xff"}).fault);
  EXPECT_EQ(feed(decoder, {client_frame(Opcode::text, "late"), "\xff\xff"}), Transcript());
}

}  // namespace
}  // namespace lobbyd::websocket::test
