#include "tests/unit/websocket/client_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::websocket::test {
namespace {

class DecoderMemory : public testing::Test {
 protected:
  std::optional<Event> next(std::string& bytes) {
    std::span<char> input(bytes);
    const auto event = decoder_.next(input);
    EXPECT_TRUE(event.has_value());
    return event.value_or(std::nullopt);
  }

  static bool lies_within(std::string_view part, const std::string& whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
  }

  Decoder decoder_{Limits{.max_message_bytes = 10000}};
};

TEST_F(DecoderMemory, UnmasksAWholeMessageWhereItIs) {
  for (const Opcode opcode : {Opcode::text, Opcode::binary, Opcode::ping, Opcode::pong}) {
    std::string bytes = client_frame(opcode, std::string(100, 'x'));
    const auto event = next(bytes);
    ASSERT_TRUE(event);
    EXPECT_TRUE(lies_within(event->payload, bytes));
    EXPECT_EQ(decoder_.buffered_bytes(), 0U);
  }
}

TEST_F(DecoderMemory, UnmasksAWholeMessageWhereItIsWhenItsHeaderCameBefore) {
  const std::string frame = client_frame(Opcode::text, std::string(100, 'x'));
  std::string header = frame.substr(0, 6);
  std::string payload = frame.substr(6);
  EXPECT_FALSE(next(header));
  EXPECT_EQ(decoder_.buffered_bytes(), 0U);
  const auto event = next(payload);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload.data(), payload.data());
}

TEST_F(DecoderMemory, KeepsWhatHasArrivedOfAMessageAndGivesItBack) {
  const std::string frame = client_frame(Opcode::text, std::string(3000, 'x'));
  std::string first = frame.substr(0, 2000);
  std::string second = frame.substr(2000);
  std::string nothing;
  EXPECT_FALSE(next(first));
  EXPECT_GE(decoder_.buffered_bytes(), 1990U);
  EXPECT_TRUE(next(second));
  EXPECT_FALSE(next(nothing));
  EXPECT_EQ(decoder_.buffered_bytes(), 0U);
}

TEST_F(DecoderMemory, KeepsWhatHasArrivedOfAControlFrameAndGivesItBack) {
  const std::string frame = client_frame(Opcode::ping, std::string(125, 'x'));
  std::string first = frame.substr(0, 20);
  std::string second = frame.substr(20);
  std::string nothing;
  EXPECT_FALSE(next(first));
  EXPECT_GT(decoder_.buffered_bytes(), 0U);
  EXPECT_LE(decoder_.buffered_bytes(), max_control_payload);
  EXPECT_TRUE(next(second));
  EXPECT_FALSE(next(nothing));
  EXPECT_EQ(decoder_.buffered_bytes(), 0U);
}

TEST_F(DecoderMemory, SetsNothingAsideForAnAnnouncement) {
  std::string bytes = client_frame(Opcode::text, "x", {.told_length = 10000});
  EXPECT_FALSE(next(bytes));
  EXPECT_LT(decoder_.buffered_bytes(), 100U);
}

TEST_F(DecoderMemory, NeverHoldsMoreThanTheLimit) {
  const std::string frame = client_frame(Opcode::text, std::string(10000, 'x'));
  for (std::size_t start = 0; start < frame.size(); start += 7) {
    std::string chunk = frame.substr(start, 7);
    const auto event = next(chunk);
    EXPECT_EQ(event.has_value(), start + 7 >= frame.size());
    ASSERT_LE(decoder_.buffered_bytes(), 10000U);
  }
}

TEST_F(DecoderMemory, GivesEverythingBackOnAFault) {
  std::string bytes = fragment(Opcode::text, std::string(1000, 'x'));
  EXPECT_FALSE(next(bytes));
  EXPECT_GE(decoder_.buffered_bytes(), 1000U);
  std::string garbage = "\xff\xff";
  std::span<char> input(garbage);
  EXPECT_FALSE(decoder_.next(input));
  EXPECT_EQ(decoder_.buffered_bytes(), 0U);
}

TEST_F(DecoderMemory, GivesEverythingBackAfterAClose) {
  std::string bytes = fragment(Opcode::text, std::string(1000, 'x'));
  EXPECT_FALSE(next(bytes));
  const std::string close = client_frame(Opcode::close, close_payload(1001, "bye"));
  std::string first = close.substr(0, 8);
  std::string second = close.substr(8);
  std::string nothing;
  EXPECT_FALSE(next(first));
  EXPECT_TRUE(next(second));
  EXPECT_FALSE(next(nothing));
  EXPECT_EQ(decoder_.buffered_bytes(), 0U);
}

}  // namespace
}  // namespace lobbyd::websocket::test
