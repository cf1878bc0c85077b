#include "service/apps/signalling/signal_events.hpp"

#include <gtest/gtest.h>

namespace lobbyd::apps {
namespace {

TEST(SignalEvents, AreNotifications) {
  EXPECT_EQ(
      write_notification("r", PeerCame{"c", {.id = 5, .data = "[1]"}}),
      R"({"jsonrpc":"2.0","method":"signal.peer","params":{"room":"r","peer_id":5,"event":"joined","data":[1]}})");
  EXPECT_EQ(write_notification("r", PeerWent{"c", {.id = 5}}),
            R"({"jsonrpc":"2.0","method":"signal.peer","params":{"room":"r","peer_id":5,"event":"left","data":null}})");
  EXPECT_EQ(write_notification("r", PeerDropped{"c", 7}),
            R"({"jsonrpc":"2.0","method":"signal.peer","params":{"room":"r","peer_id":7,"event":"left","data":null}})");
  EXPECT_EQ(write_notification("r", RoomSealed{"c"}),
            R"({"jsonrpc":"2.0","method":"signal.sealed","params":{"room":"r"}})");
  EXPECT_EQ(
      write_notification("r", PeerMessage{"c", {.to = 1, .to_claim = {}, .from = 5, .type = "offer", .data = "{}"}}),
      R"({"jsonrpc":"2.0","method":"signal.message","params":{"room":"r","from":5,"type":"offer","data":{}}})");
}

TEST(SignalEvents, OthersAreNone) {
  EXPECT_EQ(write_notification("r", PeerAccepted{.client_id = "c", .peers = {}}), "");
  EXPECT_EQ(write_notification("r", PeerRefused{"c", {}}), "");
}

TEST(SignalEvents, PeersAreAList) {
  EXPECT_EQ(write_peers({}), "[]");
  EXPECT_EQ(write_peers({{.id = 1}, {.id = 5, .data = "{}"}}),
            R"([{"peer_id":1,"data":null},{"peer_id":5,"data":{}}])");
}

}  // namespace
}  // namespace lobbyd::apps
