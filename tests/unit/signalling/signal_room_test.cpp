// Peers of a room on several instances, and what they send each other.

#include "tests/unit/signalling/signal_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using api::Reason;
using testing::ElementsAre;
using testing::IsEmpty;

class SignalRoomTest : public testing::Test {
 protected:
  SignalRoomTest() {
    scene_.start("a");
    scene_.start("b");
  }
  static constexpr auto hosted = SignalMode::host;
  static constexpr auto mesh = SignalMode::mesh;
  std::string peer_topic(PeerId id) { return "lobby/signal/r/peer/" + std::to_string(id); }
  PeerRecord retained_peer(PeerId id) {
    return std::get<PeerRecord>(read_peer(reader_, scene_.retained.at(peer_topic(id))));
  }

  api::JsonReader reader_;
  test::SignalScene scene_;
};

TEST_F(SignalRoomTest, InAMeshAllSeeAll) {
  ASSERT_TRUE(scene_.join("a", "ann"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann is 10 with host 10 among"));
  ASSERT_TRUE(scene_.join("b", "bob"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob is 11 with host 10 among 10"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann +11"));
  ASSERT_TRUE(scene_.join("b", "eve"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("eve is 12 with host 10 among 10 11", "bob +12"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann +12"));
  EXPECT_EQ(scene_.room("a").mode(), mesh);
}

TEST_F(SignalRoomTest, InHostModeAllSeeTheHostAlone) {
  ASSERT_TRUE(scene_.join("a", "ann", hosted));
  ASSERT_TRUE(scene_.join("b", "bob", hosted));
  ASSERT_TRUE(scene_.join("b", "eve", hosted));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann is 1 with host 1 among", "ann +10", "ann +11"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob is 10 with host 1 among 1", "eve is 11 with host 1 among 1"));
}

TEST_F(SignalRoomTest, APeerHasItsData) {
  scene_.join("a", "ann", mesh, std::nullopt, R"({"x":1})");
  EXPECT_EQ(scene_.room("b").peers(), std::vector<PeerView>({{.id = 10, .data = R"({"x":1})"}}));
}

TEST_F(SignalRoomTest, PeersAreInTheOrderInWhichTheyCame) {
  scene_.numbers = {50, 20, 40};
  for (const char* client : {"ann", "bob", "eve"}) {
    scene_.join("a", client);
    scene_.pass(1ms);
  }
  EXPECT_THAT(scene_.peers("b"), ElementsAre(52, 22, 42));
}

TEST_F(SignalRoomTest, RandomIdsAreGodots) {
  scene_.numbers = {std::numeric_limits<std::uint32_t>::max(), 2'147'483'645, 2'147'483'646};
  scene_.join("a", "ann");
  scene_.join("a", "bob");
  scene_.join("a", "eve");
  EXPECT_THAT(scene_.peers("a"), testing::UnorderedElementsAre(5, 2'147'483'647, 2));
}

TEST_F(SignalRoomTest, OfIdsThatAreTakenTheNextFreeOneIsGiven) {
  constexpr std::uint32_t last = 2'147'483'645;
  scene_.numbers = {last, last, last};
  for (const char* client : {"ann", "bob", "eve"}) {
    scene_.join("a", client);
    scene_.pass(1ms);
  }
  EXPECT_THAT(scene_.peers("a"), ElementsAre(2'147'483'647, 2, 3));
}

TEST_F(SignalRoomTest, AnIdMayBeAskedFor) {
  ASSERT_TRUE(scene_.join("a", "ann", mesh, 77));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann is 77 with host 77 among"));
  EXPECT_EQ(scene_.join("b", "bob", mesh, 77).error().reason, Reason::conflict);
  EXPECT_TRUE(scene_.join("b", "bob", mesh, 1));
}

TEST_F(SignalRoomTest, TheFirstPeerInHostModeIsTheHost) {
  EXPECT_EQ(scene_.join("a", "ann", hosted, 5).error().reason, Reason::conflict);
  ASSERT_TRUE(scene_.join("a", "ann", hosted, 1));
  EXPECT_EQ(scene_.join("b", "bob", hosted, 1).error().reason, Reason::conflict);
  EXPECT_TRUE(scene_.join("b", "bob", hosted, 5));
}

TEST_F(SignalRoomTest, ARoomHasOneMode) {
  scene_.join("a", "ann", hosted);
  EXPECT_EQ(scene_.join("b", "bob", mesh).error().reason, Reason::conflict);
}

TEST_F(SignalRoomTest, AClientIsOnePeer) {
  scene_.join("a", "ann");
  EXPECT_EQ(scene_.join("a", "ann").error().reason, Reason::bad_state);
}

TEST_F(SignalRoomTest, ARoomMayBeFull) {
  scene_.settings.max_peers = 1;
  scene_.start("c");
  scene_.join("c", "ann");
  EXPECT_EQ(scene_.join("c", "bob").error().reason, Reason::too_many);
}

TEST_F(SignalRoomTest, WhoLeavesIsGoneForAll) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.told("a");
  scene_.told("b");
  ASSERT_TRUE(scene_.leave("a", "ann"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -10"));
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  EXPECT_EQ(scene_.room("b").host(), 11) << "the next one";
  EXPECT_EQ(scene_.leave("a", "ann").error().reason, Reason::bad_state);
  scene_.leave("b", "bob");
  EXPECT_THAT(scene_.retained, IsEmpty());
  EXPECT_EQ(scene_.room("a").mode(), std::nullopt);
  EXPECT_TRUE(scene_.room("b").idle());
}

TEST_F(SignalRoomTest, ARoomInHostModeClosesWithItsHost) {
  scene_.join("a", "ann", hosted);
  scene_.join("a", "eve", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("a");
  scene_.told("b");
  scene_.leave("a", "ann");
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -1", "bob host left"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("eve -1", "eve host left"));
  EXPECT_THAT(scene_.retained, IsEmpty());
  EXPECT_TRUE(scene_.room("b").idle());
}

TEST_F(SignalRoomTest, WhoComesAsTheHostGoesIsRefused) {
  scene_.join("a", "ann", hosted);
  scene_.hold("a", [](SignalRoom& room, Moment, SignalOutput& out) { return room.leave("ann", out); });
  scene_.hold("b", [](SignalRoom& room, Moment now, SignalOutput& out) {
    return room.join({.client_id = "bob", .mode = SignalMode::host}, now, out);
  });
  scene_.settle();
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob refused: not_found"));
  EXPECT_THAT(scene_.retained, IsEmpty());
}

// Sending -------------------------------------------------------------------------------------------------------------

TEST_F(SignalRoomTest, MessagesGoToOnePeer) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.join("b", "eve");
  scene_.told("a");
  scene_.told("b");
  ASSERT_TRUE(scene_.send("a", "ann", 11, "offer", R"({"sdp":1})"));
  ASSERT_TRUE(scene_.send("b", "bob", 10, "answer"));
  EXPECT_THAT(scene_.told("b"), ElementsAre(R"(bob gets offer {"sdp":1} from 10)"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann gets answer 1 from 11"));
  EXPECT_EQ(scene_.retained.size(), 3U) << "messages are not kept";
}

TEST_F(SignalRoomTest, FaultsOfSendersAreTold) {
  scene_.join("a", "ann");
  EXPECT_EQ(scene_.send("a", "bob", 10).error().reason, Reason::bad_state);
  EXPECT_EQ(scene_.send("a", "ann", 11).error().reason, Reason::not_found);
  EXPECT_EQ(scene_.send("a", "ann", 10).error().reason, Reason::not_found) << "itself";
  scene_.join("b", "bob");
  EXPECT_EQ(scene_.send("a", "ann", 11, "two words").error().reason, Reason::invalid_params);
  EXPECT_EQ(scene_.send("a", "ann", 11, "offer", std::string(max_signal_data_bytes + 1, '1')).error().reason,
            Reason::too_large);
  EXPECT_TRUE(scene_.send("a", "ann", 11, "offer", std::string(max_signal_data_bytes, '1')));
}

TEST_F(SignalRoomTest, WhatComesBeforeItsReceiverIsInWaits) {
  scene_.settings.order = PeerClaims::Order::time;
  for (const char* name : {"a", "b"}) {
    scene_.start(name);
  }
  scene_.join("a", "ann");
  scene_.pass(500ms);
  scene_.join("b", "bob");
  scene_.told("b");
  const PeerRecord bob = retained_peer(11);
  const SignalMessage message{.to = 11, .to_claim = bob.at, .from = 10, .type = "offer"};
  scene_.publish({.topic = "lobby/signal/r/to/b", .payload = write_record(message), .retain = false});
  EXPECT_THAT(scene_.told("b"), IsEmpty());
  scene_.pass(500ms);
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob is 11 with host 10 among 10", "bob gets offer null from 10"));
}

TEST_F(SignalRoomTest, WhatComesBeforeItsSenderIsKnownWaits) {
  scene_.join("a", "ann");
  scene_.told("a");
  const PeerRecord ann = retained_peer(10);
  const SignalMessage message{.to = 10, .to_claim = ann.at, .from = 11, .type = "offer"};
  scene_.publish({.topic = "lobby/signal/r/to/a", .payload = write_record(message), .retain = false});
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  scene_.join("b", "bob");
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann +11", "ann gets offer null from 11"));
  scene_.leave("b", "bob");
  scene_.publish({.topic = "lobby/signal/r/to/a", .payload = write_record(message), .retain = false});
  scene_.pass(WaitingMessages::patience);
  scene_.told("a");
  scene_.numbers = {9};
  scene_.join("b", "bob");
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann +11")) << "not for ever";
}

TEST_F(SignalRoomTest, WhatWasMeantForTheOneBeforeIsDropped) {
  scene_.join("a", "ann");
  const PeerRecord ann = retained_peer(10);
  scene_.leave("a", "ann");
  scene_.pass(1ms);
  scene_.join("a", "eve", mesh, 10);
  scene_.join("b", "bob");
  scene_.told("a");
  const SignalMessage message{.to = 10, .to_claim = ann.at, .from = 11, .type = "offer"};
  scene_.publish({.topic = "lobby/signal/r/to/a", .payload = write_record(message), .retain = false});
  scene_.publish({.topic = "lobby/signal/r/to/a", .payload = "garbage", .retain = false});
  EXPECT_THAT(scene_.told("a"), IsEmpty());
}

// Sealing -------------------------------------------------------------------------------------------------------------

TEST_F(SignalRoomTest, OnlyTheHostSeals) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  EXPECT_EQ(scene_.seal("b", "bob").error().reason, Reason::forbidden);
  EXPECT_EQ(scene_.seal("b", "eve").error().reason, Reason::bad_state);
  EXPECT_FALSE(scene_.room("b").sealed());
}

TEST_F(SignalRoomTest, InASealedRoomNobodyComes) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("a");
  scene_.told("b");
  ASSERT_TRUE(scene_.seal("a", "ann"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann sealed"));
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob sealed"));
  EXPECT_EQ(scene_.join("b", "eve", hosted).error().reason, Reason::conflict);
  EXPECT_TRUE(scene_.seal("a", "ann"));
  EXPECT_THAT(scene_.told("a"), IsEmpty()) << "once";
  scene_.start("c");
  EXPECT_EQ(scene_.join("c", "eve", hosted).error().reason, Reason::conflict);
}

TEST_F(SignalRoomTest, WhoComesAsTheRoomIsSealedIsRefused) {
  scene_.join("a", "ann", hosted);
  scene_.hold("a", [](SignalRoom& room, Moment, SignalOutput& out) { return room.seal("ann", out); });
  scene_.hold("b", [](SignalRoom& room, Moment now, SignalOutput& out) {
    return room.join({.client_id = "bob", .mode = SignalMode::host}, now, out);
  });
  scene_.told("a");
  scene_.settle();
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob refused: conflict"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann sealed"));
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.peers("a"), ElementsAre(1));
  EXPECT_EQ(scene_.retained.size(), 1U);
}

TEST_F(SignalRoomTest, ASealedMeshIsSealedWithoutItsHost) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.seal("a", "ann");
  scene_.leave("a", "ann");
  EXPECT_TRUE(scene_.room("b").sealed());
  EXPECT_EQ(scene_.join("a", "eve").error().reason, Reason::conflict);
  scene_.leave("b", "bob");
  EXPECT_TRUE(scene_.join("a", "eve")) << "it is another room then";
}

}  // namespace
}  // namespace lobbyd::apps
