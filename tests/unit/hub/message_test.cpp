#include "service/hub/message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;

const Message::TimePoint start{1000s};

Message message(std::optional<std::uint32_t> expiry) {
  mqtt::Publish publish;
  publish.topic = "t";
  publish.payload = "x";
  publish.properties.message_expiry = expiry;
  return {publish, start};
}

bool says(const Message& message, Message::TimePoint now, const std::string& text) {
  std::string object;
  message.append_json({}, now, object);
  const bool framed = message.frame({}, now)->contains(text);
  EXPECT_EQ(framed, object.contains(text));
  return framed;
}

TEST(MessageExpiry, CountsDownInWholeSecondsThatAreLeft) {
  const Message it = message(60);
  EXPECT_TRUE(it.expires());
  EXPECT_TRUE(says(it, start, R"("expiry":60)"));
  EXPECT_TRUE(says(it, start + 1ms, R"("expiry":60)"));
  EXPECT_TRUE(says(it, start + 1s, R"("expiry":59)"));
  EXPECT_TRUE(says(it, start + 59s + 1ms, R"("expiry":1)"));
  EXPECT_FALSE(it.expired(start + 60s - 1ms));
  EXPECT_TRUE(it.expired(start + 60s));
}

TEST(MessageExpiry, LetsFramesBeSharedForASecond) {
  const Message it = message(60);
  const Frame first = it.frame({}, start + 1ms);
  EXPECT_EQ(it.frame({}, start + 999ms), first);
  EXPECT_NE(it.frame({}, start + 1001ms), first);
}

TEST(MessageExpiry, IsNotForMessagesWithout) {
  const Message it = message(std::nullopt);
  EXPECT_FALSE(it.expires());
  EXPECT_FALSE(it.expired(start + 24h));
  EXPECT_FALSE(says(it, start, "expiry"));
  EXPECT_EQ(it.frame({}, start), it.frame({}, start + 24h));
}

// A broker may round down what is left, and nobody has waited yet.
TEST(MessageExpiry, Of0LastsASecond) {
  const Message it = message(0);
  EXPECT_FALSE(it.expired(start + 1s - 1ms));
  EXPECT_TRUE(says(it, start, R"("expiry":1)"));
  EXPECT_TRUE(it.expired(start + 1s));
}

TEST(MessageExpiry, MayBeAsLongAsMqttHasIt) {
  const Message it = message(0xFFFF'FFFF);
  EXPECT_TRUE(says(it, start, R"("expiry":4294967295)"));
  EXPECT_FALSE(it.expired(start + 24h * 365 * 100));
}

}  // namespace
}  // namespace lobbyd::hub
