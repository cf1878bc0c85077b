// Who gets which id of a room, and keeps it, on several instances.

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

class SignalClaimsTest : public testing::Test {
 protected:
  SignalClaimsTest() {
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

TEST_F(SignalClaimsTest, OfTwoThatWantOneIdTheFirstGetsIt) {
  scene_.numbers = {5, 5};
  for (const char* name : {"a", "b"}) {
    scene_.hold(name, [&](SignalRoom& room, Moment now, SignalOutput& out) {
      return room.join({.client_id = std::string("c-") + name}, now, out);
    });
  }
  scene_.settle();
  EXPECT_THAT(scene_.told("a"), testing::IsSupersetOf({"c-a is 7 with host 7 among", "c-a +10"}));
  EXPECT_THAT(scene_.told("b"), ElementsAre("c-b is 10 with host 7 among 7"));
  EXPECT_EQ(retained_peer(7).instance, "a") << "it has written its record again";
}

TEST_F(SignalClaimsTest, WhoAskedForAnIdThatAnotherGetsIsRefused) {
  for (const char* name : {"a", "b"}) {
    scene_.hold(name, [&](SignalRoom& room, Moment now, SignalOutput& out) {
      return room.join({.client_id = std::string("c-") + name, .peer_id = 7}, now, out);
    });
  }
  scene_.settle();
  EXPECT_THAT(scene_.told("b"), ElementsAre("c-b refused: conflict"));
  EXPECT_THAT(scene_.peers("b"), ElementsAre(7));
}

TEST_F(SignalClaimsTest, OfTwoFirstPeersOneIsTheHost) {
  for (const char* name : {"a", "b"}) {
    scene_.hold(name, [&](SignalRoom& room, Moment now, SignalOutput& out) {
      return room.join({.client_id = std::string("c-") + name, .mode = SignalMode::host}, now, out);
    });
  }
  scene_.settle();
  EXPECT_THAT(scene_.told("b"), ElementsAre("c-b is 10 with host 1 among 1"));
}

TEST_F(SignalClaimsTest, OfTwoModesTheFirstCounts) {
  scene_.hold("a", [](SignalRoom& room, Moment now, SignalOutput& out) {
    return room.join({.client_id = "ann", .mode = SignalMode::host}, now, out);
  });
  scene_.hold("b", [](SignalRoom& room, Moment now, SignalOutput& out) {
    return room.join({.client_id = "bob", .mode = SignalMode::mesh}, now, out);
  });
  scene_.settle();
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob refused: conflict"));
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann is 1 with host 1 among")) << "and is not told of it";
  scene_.pass(SignalRoom::doubt);
  EXPECT_EQ(scene_.retained.size(), 1U);
}

TEST_F(SignalClaimsTest, WithoutAnOrderTheAnswerComesWhenItIsCertain) {
  scene_.settings.order = PeerClaims::Order::time;
  scene_.start("a");
  scene_.join("a", "ann");
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  scene_.pass(499ms);
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  scene_.pass(1ms);
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann is 10 with host 10 among"));
}

TEST_F(SignalClaimsTest, WillsAreToldOfBeforeAClaimIsPublished) {
  scene_.hold("a", [](SignalRoom& room, Moment now, SignalOutput& out) {
    return room.join({.client_id = "ann", .peer_id = 7}, now, out);
  });
  EXPECT_THAT(scene_.last("a").new_wills, ElementsAre("ann"));
  EXPECT_THAT(scene_.room("a").wills("ann"), ElementsAre(clearing(peer_topic(7))));
  EXPECT_THAT(scene_.room("a").wills("bob"), IsEmpty());
}

TEST_F(SignalClaimsTest, WhoLeavesBeforeItIsInLeavesNothing) {
  scene_.hold(
      "a", [](SignalRoom& room, Moment now, SignalOutput& out) { return room.join({.client_id = "ann"}, now, out); });
  ASSERT_TRUE(scene_.leave("a", "ann"));
  EXPECT_THAT(scene_.retained, IsEmpty());
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("a"), IsEmpty());
  EXPECT_EQ(scene_.room("b").mode(), std::nullopt);
}

// Owning --------------------------------------------------------------------------------------------------------------

TEST_F(SignalClaimsTest, WhatOthersClearIsWrittenAgain) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("b");
  for (const char* payload : {"", "garbage"}) {
    scene_.publish({.topic = peer_topic(1), .payload = payload});
    scene_.settle();
    EXPECT_TRUE(scene_.retained.contains(peer_topic(1)));
  }
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), IsEmpty()) << "and nobody is sent away";
}

TEST_F(SignalClaimsTest, WhatIsClearedForGoodIsGone) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("b");
  scene_.stop("a");
  scene_.publish(clearing(peer_topic(1)));
  EXPECT_THAT(scene_.told("b"), IsEmpty());
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -1", "bob host left"));
}

TEST_F(SignalClaimsTest, ARestartedInstanceClearsWhatItsFormerSelfHasLeft) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.stop("a");
  scene_.start("a");
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.peers("b"), ElementsAre(11));
  EXPECT_THAT(scene_.peers("a"), ElementsAre(11));
}

// A link was lost so long that others took the client for dead.
TEST_F(SignalClaimsTest, WhoHadAnIdBeforeKeepsIt) {
  scene_.join("a", "ann", mesh, 7);
  scene_.told("a");
  PeerRecord late{.at = HybridTime(test::SignalScene::start_ms + 500), .instance = "z", .client_id = "eve"};
  scene_.publish({.topic = peer_topic(7), .payload = write_record(late)});
  scene_.settle();
  EXPECT_EQ(retained_peer(7).instance, "a");
  late.at = HybridTime(test::SignalScene::start_ms - 500);
  late.confirmed = true;
  scene_.publish({.topic = peer_topic(7), .payload = write_record(late)});
  scene_.settle();
  EXPECT_THAT(scene_.told("a"), ElementsAre("ann id lost"));
  EXPECT_FALSE(scene_.room("a").is_peer_here("ann"));
}

TEST_F(SignalClaimsTest, AfterABrokerHasForgottenAllTheOthersAreWaitedFor) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("b");
  scene_.retained.clear();
  scene_.read("b", true);
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), IsEmpty());
  EXPECT_EQ(scene_.retained.size(), 1U);
  scene_.read("a", true);
  scene_.pass(SignalRoom::patience);
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), IsEmpty());
}

TEST_F(SignalClaimsTest, AfterABrokerHasForgottenAllWhoDoesNotComeBackIsLost) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("b");
  scene_.stop("a");
  scene_.retained.clear();
  scene_.read("b", true);
  scene_.pass(SignalRoom::patience);
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -1", "bob host left"));
}

TEST_F(SignalClaimsTest, WhatWasMissedIsMadeUpForByReadingAgain) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.told("b");
  scene_.stop("a");
  scene_.retained.erase(peer_topic(10));
  scene_.read("b", false);
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -10"));
}

TEST_F(SignalClaimsTest, AHostThatWasReplacedWhileNobodyLookedHasLeft) {
  scene_.join("a", "ann", hosted);
  scene_.join("b", "bob", hosted);
  scene_.told("b");
  scene_.stop("a");
  const PeerRecord other{.at = HybridTime(test::SignalScene::start_ms + 5'000),
                         .instance = "z",
                         .client_id = "eve",
                         .mode = SignalMode::host};
  scene_.retained[peer_topic(1)] = write_record(other);
  scene_.read("b", false);
  EXPECT_THAT(scene_.told("b"), ElementsAre("bob -1", "bob host left"));
}

TEST_F(SignalClaimsTest, WhatTheDeadHaveLeftIsCleared) {
  scene_.join("a", "ann");
  scene_.join("b", "bob");
  scene_.stop("a");
  scene_.act("b", [](SignalRoom& room, Moment, SignalOutput& out) {
    room.sweep({"a", "z"}, out);
    return std::monostate();
  });
  scene_.pass(SignalRoom::doubt);
  EXPECT_THAT(scene_.peers("b"), ElementsAre(11));
}

TEST_F(SignalClaimsTest, APeerFromTheFarFutureIsNothing) {
  const PeerRecord far{.at = HybridTime(test::SignalScene::start_ms + 61'000), .instance = "z", .client_id = "eve"};
  scene_.publish({.topic = peer_topic(7), .payload = write_record(far)});
  EXPECT_THAT(scene_.peers("a"), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::apps
