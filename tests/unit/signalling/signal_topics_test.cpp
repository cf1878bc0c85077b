#include "service/apps/signalling/signal_topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::apps {
namespace {

const SignalTopics topics("lobby/", "signal", "r:1");

TEST(SignalTopics, AreReadAsTheyWereWritten) {
  const std::string peer_topic = topics.peer(2'147'483'647);
  const auto peer = parse_signal_topic("lobby/", "signal", peer_topic);
  ASSERT_TRUE(peer && peer->kind == SignalTopic::Kind::peer);
  EXPECT_EQ(peer->room, "r:1");
  EXPECT_EQ(peer->peer, 2'147'483'647);
  const std::string message_topic = topics.messages("east-1");
  const auto message = parse_signal_topic("lobby/", "signal", message_topic);
  ASSERT_TRUE(message && message->kind == SignalTopic::Kind::message);
  EXPECT_EQ(message->instance, "east-1");
}

TEST(SignalTopics, AnInstanceListensToAllPeersAndItsOwnMessages) {
  EXPECT_THAT(topics.filters("east"), testing::ElementsAre("lobby/signal/r:1/peer/+", "lobby/signal/r:1/to/east"));
}

TEST(SignalTopics, OthersAreNone) {
  for (const char* topic :
       {"lobby/signal/r/peer/0", "lobby/signal/r/peer/-1", "lobby/signal/r/peer/2147483648", "lobby/signal/r/peer/01",
        "lobby/signal/r/peer/", "lobby/signal/r/to/", "lobby/signal/r/to/a/b", "lobby/signal/r /peer/1",
        "lobby/godot/r/peer/1", "lobby/signal/r/other/1", "x/signal/r/peer/1", "lobby/signal/r/peer", ""}) {
    EXPECT_FALSE(parse_signal_topic("lobby/", "signal", topic)) << topic;
  }
  EXPECT_TRUE(parse_signal_topic("lobby/", "godot", "lobby/godot/r/peer/1"));
}

}  // namespace
}  // namespace lobbyd::apps
