#include "service/hub/message.hpp"

#include "protocol/websocket/frame.hpp"

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

mqtt::Publish publish(std::string_view topic, std::string_view payload, mqtt::QoS qos = mqtt::QoS::at_most_once) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.qos = qos;
  return publish;
}

TEST(JoinedMessages, AreFramesOneBehindTheOther) {
  const std::string large(200, 'l');  // its frame has a longer header
  std::string single;
  Message joined(publish("t", "first"), start);
  for (const std::string& payload : {std::string("first"), large, std::string()}) {
    single += *Message(publish("t", payload), start).frame({}, start);
    EXPECT_TRUE(payload == "first" || joined.join(publish("t", payload), 1000));
  }
  EXPECT_EQ(joined.count(), 3U);
  EXPECT_EQ(*joined.frame({}, start), single);
  EXPECT_EQ(joined.payload(1), large);
  EXPECT_EQ(joined.weight(), Message(publish("t", "first" + large), start).weight());
}

TEST(JoinedMessages, DifferInTheirPayloadsAlone) {
  Message it(publish("t", "x"), start);
  mqtt::Publish rich = publish("t", "x");
  rich.properties.content_type = "c";
  mqtt::Publish retained = publish("t", "x");
  retained.retain = true;
  for (const mqtt::Publish& other : {publish("u", "x"), publish("t", "x", mqtt::QoS::at_least_once), rich, retained}) {
    EXPECT_FALSE(it.join(other, 1000));
  }
  EXPECT_FALSE(Message(rich, start).join(rich, 1000));
  EXPECT_FALSE(it.join(publish("t", std::string(100, 'x')), 100)) << "the bound";
  EXPECT_EQ(it.count(), 1U);
}

TEST(JoinedMessages, ComeApartAgain) {
  Message joined(publish("t", "1", mqtt::QoS::exactly_once), start);
  joined.join(publish("t", "2", mqtt::QoS::exactly_once), 1000);
  const auto parts = joined.parts();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1]->topic(), "t");
  EXPECT_EQ(parts[1]->payload(), "2");
  EXPECT_EQ(parts[1]->qos(), mqtt::QoS::exactly_once);
  EXPECT_EQ(joined.parts().data(), parts.data()) << "made once";
}

// What comes of the frames, one for each message.
std::string texts(const Frame& frames) {
  websocket::Inflater inflater;
  std::string result;
  for (std::string_view rest = *frames; !rest.empty();) {
    const std::string_view payload = websocket::first_payload(rest);
    if ((static_cast<unsigned char>(rest[0]) & websocket::compressed_bit) != 0) {
      inflater.begin(payload);
      for (auto part = inflater.next(); part && !part->empty(); part = inflater.next()) {
        result += *part;
      }
    } else {
      result += payload;
    }
    rest.remove_prefix(static_cast<std::size_t>(payload.data() + payload.size() - rest.data()));
  }
  return result;
}

TEST(CompressedMessages, AreCompressedOnceForAllWithTheSameWindow) {
  websocket::Deflater large({.min_bytes = 100});
  websocket::Deflater small({.window_bits = 9, .min_bytes = 100});
  const Message it(publish("t", std::string(500, 'x')), start);
  const Frame plain = it.frame({}, start);
  const Frame compressed = it.frame({.deflater = &large}, start);
  EXPECT_LT(compressed->size(), plain->size());
  EXPECT_EQ(texts(compressed), texts(plain));
  EXPECT_EQ(it.frame({.deflater = &large}, start), compressed);
  EXPECT_NE(it.frame({.deflater = &small}, start), compressed);
  EXPECT_NE(it.frame({.qos = mqtt::QoS::at_least_once, .deflater = &large}, start), compressed);
  EXPECT_EQ(it.frame({}, start), plain);
}

TEST(CompressedMessages, ShareThePlainFrameWhereTheyAreTooSmall) {
  websocket::Deflater deflater({.min_bytes = 1000});
  const Message it(publish("t", std::string(500, 'x')), start);
  const Frame plain = it.frame({}, start);
  EXPECT_EQ(it.frame({.deflater = &deflater}, start), plain);
}

TEST(CompressedMessages, AreOneFrameForEachOfSeveral) {
  websocket::Deflater deflater({.min_bytes = 100});
  Message joined(publish("t", std::string(500, 'x')), start);
  joined.join(publish("t", "small"), 2000);
  joined.join(publish("t", std::string(500, 'y')), 2000);
  const Frame plain = joined.frame({}, start);
  EXPECT_EQ(texts(joined.frame({.deflater = &deflater}, start)), texts(plain));
}

TEST(CompressedMessages, CountDownWhatIsLeft) {
  websocket::Deflater deflater({.min_bytes = 0});
  const Message it = message(60);
  const Frame first = it.frame({.deflater = &deflater}, start);
  EXPECT_TRUE(texts(first).contains(R"("expiry":60)"));
  EXPECT_EQ(it.frame({.deflater = &deflater}, start), first);
  EXPECT_TRUE(texts(it.frame({.deflater = &deflater}, start + 1s)).contains(R"("expiry":59)"));
}

}  // namespace
}  // namespace lobbyd::hub
