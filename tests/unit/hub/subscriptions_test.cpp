#include "service/hub/subscriptions.hpp"

#include "tests/unit/hub/recording_lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

class NoReceiver final : public Receiver {
 public:
  void deliver(const Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}
};

class SubscriptionsTest : public testing::Test {
 protected:
  Client& client() {
    clients_.push_back(std::make_shared<Client>("client", "user", receiver_));
    return *clients_.back();
  }

  void add(Client& client, const std::string& filter) {
    subscriptions_.add(client, filter, {.qos = mqtt::QoS::at_most_once}, [](mqtt::ReasonCode) {});
  }

  std::multiset<Client*> members(const std::string& topic) {
    std::multiset<Client*> all;
    for (const Filter* filter : subscriptions_.match(topic)) {
      for (const Member& member : filter->members) {
        all.insert(member.client);
      }
    }
    return all;
  }

  RecordingLanes lanes_;
  Subscriptions subscriptions_{lanes_};
  NoReceiver receiver_;
  std::vector<std::shared_ptr<Client>> clients_;
};

TEST_F(SubscriptionsTest, FiltersAndMembersAgreeWhoeverComesAndGoes) {
  const std::vector<std::string> filters{"a", "b", "c", "d"};
  std::map<std::string, std::multiset<Client*>> expected;
  for (int count = 0; count < 6; ++count) {
    client();
  }
  std::mt19937 random(1);
  for (int step = 0; step < 5000; ++step) {
    Client& one = *clients_[random() % clients_.size()];
    const std::string& filter = filters[random() % filters.size()];
    const auto kind = random() % 20;
    if (kind == 0) {
      subscriptions_.remove_all(one);
      for (auto& [name, members] : expected) {
        members.erase(&one);
      }
    } else if (kind < 11) {
      EXPECT_EQ(subscriptions_.holds(one, filter), expected[filter].contains(&one));
      add(one, filter);
      expected[filter].erase(&one);
      expected[filter].insert(&one);
    } else {
      EXPECT_EQ(subscriptions_.remove(one, filter), expected[filter].erase(&one) > 0);
    }
    for (const std::string& name : filters) {
      ASSERT_EQ(members(name), expected[name]) << "after step " << step;
    }
  }
}

TEST_F(SubscriptionsTest, AFilterGoesWithItsLastMember) {
  Client& first = client();
  Client& second = client();
  add(first, "a");
  add(second, "a");
  subscriptions_.upstream().on_lane_up({});
  subscriptions_.remove(first, "a");
  EXPECT_THAT(lanes_.log, testing::ElementsAre("hold a"));
  subscriptions_.remove_all(second);
  EXPECT_THAT(lanes_.log, testing::ElementsAre("hold a", "release a"));
  EXPECT_TRUE(members("a").empty());
}

// Each of many members of one filter leaves without a search among them.
TEST_F(SubscriptionsTest, LeavingCostsTheSameHoweverManyMembersThereAre) {
  const auto time_for = [this](int count) {
    clients_.clear();
    for (int number = 0; number < count; ++number) {
      add(client(), "a");
    }
    const std::clock_t begin = std::clock();
    for (const auto& one : clients_) {
      subscriptions_.remove_all(*one);
    }
    return std::clock() - begin;
  };
  EXPECT_LT(time_for(40'000), 40 * time_for(4'000) + CLOCKS_PER_SEC / 10);
}

}  // namespace
}  // namespace lobbyd::hub
