#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::websocket::test {
namespace {

using namespace std::string_literals;

const std::string valid_texts[] = {
    "",
    "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!",
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
    "\U0001F3AE\U0010FFFF\uFFFD\uFFFF",
    "a\0b"s,
};

const std::string invalid_texts[] = {
    "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64",
    "\xf4\x90\x80\x80",
    "\xc0\xaf",
    "\xff",
    "\x80",
};

// Cut within a character: only the end of the message makes them wrong.
const std::string cut_texts[] = {"\xce", "ok \xe1\xbd", "\xf0\x9f\x8e"};

TEST(DecoderUtf8, TakesValidTextsWholeAndInFragmentsOfOneByte) {
  for (const std::string& text : valid_texts) {
    EXPECT_EQ(decode(client_frame(Opcode::text, text)), (Transcript{{{Opcode::text, text}}, {}}));
    std::string bytes = fragment(Opcode::text, "");
    for (const char byte : text) {
      bytes += fragment(Opcode::continuation, std::string_view(&byte, 1));
    }
    bytes += client_frame(Opcode::continuation, "");
    EXPECT_EQ(decode(bytes), (Transcript{{{Opcode::text, text}}, {}}));
  }
}

TEST(DecoderUtf8, RefusesInvalidTexts) {
  for (const std::string& text : invalid_texts) {
    const Transcript transcript = decode(client_frame(Opcode::text, text));
    EXPECT_TRUE(transcript.events.empty());
    ASSERT_TRUE(transcript.fault);
    EXPECT_EQ(transcript.fault->code, FaultCode::invalid_utf8);
  }
}

TEST(DecoderUtf8, RefusesTextsThatEndWithinACharacter) {
  for (const std::string& text : cut_texts) {
    EXPECT_EQ(decode(client_frame(Opcode::text, text)).fault.value().code, FaultCode::invalid_utf8);
    const std::string bytes = fragment(Opcode::text, text) + client_frame(Opcode::continuation, "");
    EXPECT_EQ(decode(bytes).fault.value().code, FaultCode::invalid_utf8);
  }
}

TEST(DecoderUtf8, RefusesAnInvalidFragmentBeforeTheMessageEnds) {
  for (const std::string& text : invalid_texts) {
    EXPECT_EQ(decode(fragment(Opcode::text, text)).fault.value().code, FaultCode::invalid_utf8);
    const std::string frame = client_frame(Opcode::text, text + std::string(100, 'x'));
    EXPECT_EQ(decode(frame.substr(0, frame.size() - 90)).fault.value().code, FaultCode::invalid_utf8);
  }
}

TEST(DecoderUtf8, DoesNotCarryACharacterOverIntoTheNextMessage) {
  const std::string bytes = fragment(Opcode::binary, "\xe1") + client_frame(Opcode::continuation, "\xbd") +
                            client_frame(Opcode::text, "text") + client_frame(Opcode::text, "\xb9");
  const Transcript transcript = decode(bytes);
  EXPECT_EQ(transcript.events, (std::vector<Received>{{Opcode::binary, "\xe1\xbd"}, {Opcode::text, "text"}}));
  EXPECT_EQ(transcript.fault.value().code, FaultCode::invalid_utf8);
}

TEST(DecoderUtf8, LeavesPingsWithinATextAlone) {
  const std::string bytes = fragment(Opcode::text, "\xe1") + client_frame(Opcode::ping, "\xff\x80") +
                            client_frame(Opcode::continuation, "\xbd\xb9");
  EXPECT_EQ(decode(bytes), (Transcript{{{Opcode::ping, "\xff\x80"}, {Opcode::text, "\xe1\xbd\xb9"}}, {}}));
}

}  // namespace
}  // namespace lobbyd::websocket::test
