#include "service/apps/presence/presence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t start_ms = 1'728'000'000'000;

// Two instances over a broker that is always there.
class PresenceTest : public testing::Test {
 protected:
  struct Instance {
    Surroundings surroundings;
    std::unique_ptr<Presence> presence;
    std::vector<std::string> told;
    std::vector<std::string> filters;
  };

  PresenceTest() {
    start("a");
    start("b");
  }

  void start(const std::string& name) {
    auto& instance = instances_[name];
    instance = std::make_unique<Instance>();
    instance->surroundings.prefix = "lobby/";
    instance->surroundings.instance = name;
    instance->presence = std::make_unique<Presence>(instance->surroundings, settings_);
  }
  Presence& on(const std::string& name) { return *instances_.at(name)->presence; }
  std::vector<std::string> told(const std::string& name) { return std::exchange(instances_.at(name)->told, {}); }
  Moment now() const {
    return {.steady = Moment::TimePoint(std::chrono::milliseconds(now_ms_ - start_ms)), .unix_ms = now_ms_};
  }

  void take(Instance& instance, PresenceOutput out) {
    for (const std::string& filter : out.unsubscribe) {
      std::erase(instance.filters, filter);
    }
    for (const std::string& filter : out.subscribe) {
      instance.filters.push_back(filter);
    }
    for (const PresenceChange& change : out.changes) {
      instance.told.push_back(change.player + ' ' + change.state.status + ' ' +
                              std::to_string(change.state.since.value_or(0) - start_ms));
    }
    for (Publication& publication : out.publications) {
      on_its_way_.push_back(std::move(publication));
    }
    while (!on_its_way_.empty()) {
      const Publication publication = std::move(on_its_way_.front());
      on_its_way_.pop_front();
      publish(publication.topic, publication.payload);
    }
  }
  void publish(const std::string& topic, const std::string& payload) {
    if (payload.empty()) {
      retained_.erase(topic);
    } else {
      retained_[topic] = payload;
    }
    for (auto& [name, instance] : instances_) {
      bring(*instance, topic, payload);
    }
  }
  void bring(Instance& instance, const std::string& topic, const std::string& payload) {
    const auto matches = [&](std::string_view filter) {
      return filter == "lobby/presence/+/+" || topic.starts_with(filter.substr(0, filter.size() - 1));
    };
    if (std::ranges::any_of(instance.filters, matches)) {
      PresenceOutput out;
      instance.presence->on_message(topic, payload, now(), out);
      take(instance, std::move(out));
    }
  }
  void read(const std::string& name, bool forgetful) {
    Instance& instance = *instances_.at(name);
    instance.presence->begin_reading();
    for (const auto& [topic, payload] : std::map(retained_)) {
      bring(instance, topic, payload);
    }
    PresenceOutput out;
    instance.presence->end_reading(forgetful, now(), out);
    take(instance, std::move(out));
  }
  template <class Action>
  void act(const std::string& name, Action action) {
    PresenceOutput out;
    action(*instances_.at(name)->presence, out);
    take(*instances_.at(name), std::move(out));
  }
  void set(const std::string& name, const std::string& client, const std::string& status,
           const std::string& data = "null") {
    act(name, [&](Presence& presence, PresenceOutput& out) {
      presence.set({.client_id = client, .player = client.substr(0, client.find(':')), .status = status, .data = data},
                   now(), out);
    });
  }
  void end(const std::string& name, const std::string& client) {
    act(name, [&](Presence& presence, PresenceOutput& out) { presence.end(client, now(), out); });
  }
  void watch(const std::string& name, const std::string& client, const Presence::Names& players) {
    Instance& instance = *instances_.at(name);
    const std::vector<std::string> before = instance.filters;
    act(name, [&](Presence& presence, PresenceOutput& out) { ASSERT_TRUE(presence.watch(client, players, out)); });
    for (const auto& [topic, payload] : std::map(retained_)) {
      bring(instance, topic, payload);
    }
    instance.told.clear();
  }
  void pass(std::chrono::milliseconds time) {
    now_ms_ += time.count();
    for (auto& [name, instance] : instances_) {
      PresenceOutput out;
      instance->presence->handle_timeout(now(), out);
      take(*instance, std::move(out));
    }
  }

  Presence::Settings settings_;
  std::map<std::string, std::unique_ptr<Instance>> instances_;
  std::map<std::string, std::string> retained_;
  std::deque<Publication> on_its_way_;
  std::int64_t now_ms_ = start_ms;
};

TEST_F(PresenceTest, WatchersAreToldOfEachChange) {
  watch("b", "bob", {"ann"});
  EXPECT_THAT(on("b").watchers("ann"), ElementsAre("bob"));
  set("a", "ann", "online");
  pass(1s);
  set("a", "ann", "playing", "[1]");
  EXPECT_THAT(told("b"), ElementsAre("ann online 0", "ann playing 1000"));
  EXPECT_THAT(told("a"), IsEmpty()) << "nobody watches there";
}

TEST_F(PresenceTest, TheSameStatusKeepsItsSince) {
  watch("b", "bob", {"ann"});
  set("a", "ann", "online");
  pass(1s);
  set("a", "ann", "online", "[1]");
  EXPECT_THAT(told("b"), ElementsAre("ann online 0", "ann online 0")) << "its data has changed";
  set("a", "ann", "online", "[1]");
  EXPECT_THAT(told("b"), IsEmpty());
}

TEST_F(PresenceTest, APlayerIsOfflineWhenTheLastConnectionIsGone) {
  watch("b", "bob", {"ann"});
  set("a", "ann:1", "online");
  pass(1s);
  set("b", "ann:2", "playing");
  told("b");
  pass(1s);
  end("b", "ann:2");
  EXPECT_THAT(told("b"), ElementsAre("ann online 0"));
  pass(1s);
  end("a", "ann:1");
  EXPECT_THAT(told("b"), ElementsAre("ann offline 3000"));
  EXPECT_EQ(retained_.size(), 1U) << "when it was last here";
  end("a", "ann:1");
  EXPECT_THAT(told("b"), IsEmpty());
}

TEST_F(PresenceTest, WhoWasLastHereIsKnownToWhoAsksLater) {
  set("a", "ann", "online");
  pass(1s);
  end("a", "ann");
  watch("b", "bob", {"ann", "eve"});
  const auto page = on("b").page({"ann", "eve"}, std::nullopt, {.entries = 10, .bytes = 10'000}, now());
  EXPECT_EQ(page->entries, R"({"player":"ann","status":"offline","data":null,"since":1728000001000},)"
                           R"({"player":"eve","status":"offline","data":null,"since":null})");
}

TEST_F(PresenceTest, AnOfflineEntryExpires) {
  PresenceOutput out;
  on("a").set({.client_id = "ann", .player = "ann", .status = "online"}, now(), out);
  on("a").end("ann", now(), out);
  EXPECT_EQ(out.publications.at(1).expiry, std::chrono::days(7));
  EXPECT_EQ(out.publications.at(0).expiry, std::nullopt);
}

TEST_F(PresenceTest, WhereTheBrokerCannotExpireItItIsClearedByWhoSeesIt) {
  settings_.broker_expires = false;
  start("a");
  start("b");
  set("a", "ann", "online");
  end("a", "ann");
  pass(std::chrono::days(7));
  watch("b", "bob", {"ann"});
  EXPECT_THAT(retained_, IsEmpty());
}

TEST_F(PresenceTest, AWillClearsTheRecordOfAConnection) {
  watch("b", "bob", {"ann"});
  set("a", "ann", "online");
  told("b");
  const std::vector<Publication> wills = on("a").wills("ann");
  instances_.erase("a");
  ASSERT_EQ(wills.size(), 1U);
  pass(5s);
  const auto before = on("b").before_will(wills[0].topic, now());
  ASSERT_TRUE(before);
  publish(before->topic, before->payload);
  publish(wills[0].topic, wills[0].payload);
  EXPECT_THAT(told("b"), ElementsAre("ann offline 5000"));
  EXPECT_FALSE(on("b").before_will("lobby/room/r/member/ann", now()));
  EXPECT_THAT(on("b").wills("ann"), IsEmpty());
}

TEST_F(PresenceTest, EverybodyMayBeWatched) {
  set("a", "ann", "online");
  act("b", [](Presence& presence, PresenceOutput& out) { presence.watch_all("bob", out); });
  publish("lobby/presence/ann/ann", std::string(retained_.at("lobby/presence/ann/ann")));
  set("a", "eve", "online");
  EXPECT_THAT(told("b"), ElementsAre("ann online 0", "eve online 0"));
  const auto page = on("b").page_of_all(std::nullopt, {.entries = 1, .bytes = 10'000}, now());
  EXPECT_THAT(page->entries, testing::HasSubstr("ann"));
  EXPECT_EQ(page->next, "ann");
}

TEST_F(PresenceTest, SubscriptionsAreHeldAsLongAsSomebodyWatches) {
  watch("b", "bob", {"ann"});
  watch("b", "eve", {"ann", "dan"});
  EXPECT_THAT(instances_.at("b")->filters, ElementsAre("lobby/presence/ann/+", "lobby/presence/dan/+"));
  set("a", "ann", "online");
  told("b");
  act("b", [](Presence& presence, PresenceOutput& out) { presence.unwatch("bob", {"ann"}, out); });
  EXPECT_EQ(instances_.at("b")->filters.size(), 2U);
  act("b", [](Presence& presence, PresenceOutput& out) { presence.unwatch_everything("eve", out); });
  EXPECT_THAT(instances_.at("b")->filters, IsEmpty());
  EXPECT_THAT(on("b").page_of_all(std::nullopt, {.entries = 10, .bytes = 10'000}, now())->entries, IsEmpty());
}

TEST_F(PresenceTest, WhoeverIsWatchedByNameIsKeptWhenNobodyWatchesAll) {
  act("b", [](Presence& presence, PresenceOutput& out) { presence.watch_all("bob", out); });
  set("a", "ann", "online");
  set("a", "eve", "online");
  watch("b", "dan", {"ann"});
  act("b", [](Presence& presence, PresenceOutput& out) { presence.unwatch_all("bob", out); });
  EXPECT_THAT(instances_.at("b")->filters, ElementsAre("lobby/presence/ann/+"));
  const auto page = on("b").page_of_all(std::nullopt, {.entries = 10, .bytes = 10'000}, now());
  EXPECT_THAT(page->entries, testing::HasSubstr("ann"));
  EXPECT_THAT(page->entries, testing::Not(testing::HasSubstr("eve")));
}

TEST_F(PresenceTest, TooManyAreRefused) {
  settings_.max_watched = 1;
  start("a");
  PresenceOutput out;
  EXPECT_EQ(on("a").watch("bob", {"ann", "eve"}, out).error().reason, api::Reason::too_many);
  EXPECT_THAT(out.subscribe, IsEmpty());
}

// Owning --------------------------------------------------------------------------------------------------------------

TEST_F(PresenceTest, WhatOthersClearIsWrittenAgain) {
  watch("a", "bob", {"ann"});
  set("a", "ann", "online");
  for (const char* payload : {"", "garbage"}) {
    publish("lobby/presence/ann/ann", payload);
    EXPECT_TRUE(retained_.at("lobby/presence/ann/ann").contains("online"));
  }
  EXPECT_THAT(on("a").page({"ann"}, std::nullopt, {.entries = 1, .bytes = 10'000}, now())->entries,
              testing::HasSubstr("online"));
}

TEST_F(PresenceTest, WhoHasGoneElsewhereIsNotDefendedHere) {
  watch("a", "bob", {"ann"});
  set("a", "ann", "here");
  pass(1s);
  set("b", "ann", "there");
  EXPECT_TRUE(retained_.at("lobby/presence/ann/ann").contains("there"));
  EXPECT_THAT(on("a").wills("ann"), IsEmpty());
  end("a", "ann");
  EXPECT_TRUE(retained_.at("lobby/presence/ann/ann").contains("there"));
}

TEST_F(PresenceTest, AnOldRecordDoesNotTakeAPlace) {
  watch("a", "bob", {"ann"});
  set("a", "ann", "online");
  const PresenceRecord old{.at = HybridTime(start_ms - 5), .instance = "z", .status = "old"};
  publish("lobby/presence/ann/ann", write_record(old));
  EXPECT_TRUE(retained_.at("lobby/presence/ann/ann").contains("online"));
}

TEST_F(PresenceTest, ARecordInTheNameOfThisInstanceIsCorrected) {
  watch("a", "bob", {"ann", "eve"});
  set("a", "ann", "online");
  const PresenceRecord forged{.at = HybridTime(start_ms + 5), .instance = "a", .status = "forged"};
  publish("lobby/presence/ann/ann", write_record(forged));
  EXPECT_TRUE(retained_.at("lobby/presence/ann/ann").contains("online"));
  publish("lobby/presence/eve/eve", write_record(forged));
  EXPECT_FALSE(retained_.contains("lobby/presence/eve/eve")) << "no such connection is here";
}

TEST_F(PresenceTest, WhoIsDroppedLeavesItsRecordToTheOneThatHasItNow) {
  set("a", "ann", "online");
  on("a").drop("ann");
  end("a", "ann");
  EXPECT_EQ(retained_.size(), 1U);
}

TEST_F(PresenceTest, WhatWasMissedIsMadeUpForByReadingAgain) {
  watch("b", "bob", {"ann", "eve"});
  set("a", "ann", "online");
  told("b");
  retained_.erase("lobby/presence/ann/ann");
  retained_["lobby/presence/eve/eve"] =
      write_record(PresenceRecord{.at = HybridTime(start_ms), .instance = "z", .status = "new"});
  read("b", false);
  EXPECT_THAT(told("b"),
              ElementsAre("eve new " + std::to_string(-start_ms), "ann offline " + std::to_string(-start_ms)));
}

TEST_F(PresenceTest, AfterABrokerHasForgottenAllTheOthersAreWaitedFor) {
  watch("b", "bob", {"ann", "eve"});
  set("a", "ann", "online");
  set("a", "eve", "online");
  set("b", "bob", "online");
  told("b");
  retained_.clear();
  read("b", true);
  EXPECT_TRUE(retained_.contains("lobby/presence/bob/bob")) << "one's own is written again at once";
  pass(Presence::patience - 1ms);
  publish(
      "lobby/presence/ann/ann",
      write_record(PresenceRecord{.at = HybridTime(start_ms), .instance = "a", .status = "online", .since = start_ms}));
  EXPECT_THAT(told("b"), IsEmpty());
  pass(1ms);
  EXPECT_THAT(told("b"), ElementsAre("eve offline " + std::to_string(-start_ms)));
}

TEST_F(PresenceTest, WhatIsFromTheFarFutureIsNothing) {
  watch("b", "bob", {"ann"});
  publish("lobby/presence/ann/ann",
          write_record(PresenceRecord{.at = HybridTime(start_ms + 61'000), .instance = "z", .status = "x"}));
  publish("lobby/presence/ann/~", write_last_seen(start_ms + 61'000));
  EXPECT_THAT(told("b"), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::apps
