#include "service/hub/fan_out.hpp"

#include "service/hub/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using mqtt::QoS;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class NoReceiver final : public Receiver {
 public:
  void deliver(const Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}
};

class FanOutTest : public testing::Test {
 protected:
  Client& client(const std::string& name) {
    auto& made = clients_[name];
    if (!made) {
      made = std::make_unique<Client>(name, name, receiver_);
    }
    return *made;
  }
  Filter& filter(std::uint32_t id, bool shared = false) {
    filters_.push_back({});
    filters_.back().id = id;
    filters_.back().shared = shared;
    return filters_.back();
  }
  void join(Filter& joined, const std::string& name, QoS qos = QoS::at_most_once, bool no_local = false) {
    joined.members.push_back({.client = &client(name), .qos = qos, .no_local = no_local, .since = ++since_});
  }
  std::vector<std::string> select(std::vector<Filter*> matched, std::vector<std::uint32_t> ids,
                                  const Client* origin = nullptr) {
    std::vector<std::string> names;
    for (const Target& target : fan_out_.select(matched, ids, origin)) {
      names.push_back(target.client->id + "@" + std::to_string(target.filter->id));
    }
    return names;
  }

  NoReceiver receiver_;
  std::map<std::string, std::unique_ptr<Client>> clients_;
  std::deque<Filter> filters_;
  std::uint64_t since_ = 0;
  FanOut fan_out_;
};

TEST_F(FanOutTest, OneFilterReachesItsMembers) {
  Filter& one = filter(1);
  join(one, "a");
  join(one, "b");
  EXPECT_THAT(select({&one}, {1}), ElementsAre("a@1", "b@1"));
}

TEST_F(FanOutTest, OneCopyForAllOverlappingFiltersReachesEachClientOnce) {
  Filter& one = filter(1);
  Filter& two = filter(2);
  join(one, "a");
  join(two, "a");
  join(two, "b");
  EXPECT_THAT(select({&one, &two}, {1, 2}), UnorderedElementsAre("a@1", "b@2"));
}

TEST_F(FanOutTest, ACopyForEachOverlappingFilterReachesEachClientOnceInAll) {
  Filter& one = filter(1);
  Filter& two = filter(2);
  join(one, "a");
  join(two, "a");
  join(two, "b");
  EXPECT_THAT(select({&one, &two}, {1}), ElementsAre("a@1"));
  EXPECT_THAT(select({&one, &two}, {2}), ElementsAre("b@2"));
}

TEST_F(FanOutTest, TheHighestQosServesThenTheFirstSubscribed) {
  Filter& one = filter(1);
  Filter& two = filter(2);
  Filter& three = filter(3);
  join(one, "a", QoS::at_most_once);
  join(two, "a", QoS::at_least_once);
  join(three, "a", QoS::at_least_once);
  EXPECT_THAT(select({&one, &two, &three}, {1, 2, 3}), ElementsAre("a@2"));
  EXPECT_THAT(select({&three, &two, &one}, {3}), IsEmpty());
}

TEST_F(FanOutTest, WithoutIdentifiersTheCopyIsForAllThatMatch) {
  Filter& one = filter(1);
  Filter& two = filter(2);
  join(one, "a");
  join(two, "a");
  join(two, "b");
  EXPECT_THAT(select({&one, &two}, {}), UnorderedElementsAre("a@1", "b@2"));
}

TEST_F(FanOutTest, ASharedFilterReachesOneMemberAfterTheOther) {
  Filter& shared = filter(1, true);
  join(shared, "a");
  join(shared, "b");
  const auto first = select({&shared}, {1});
  const auto second = select({&shared}, {1});
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_NE(first, second);
  EXPECT_EQ(select({&shared}, {1}), first);
}

TEST_F(FanOutTest, ASharedAndAPlainFilterAreServedByTheirOwnCopies) {
  Filter& plain = filter(1);
  Filter& shared = filter(2, true);
  join(plain, "a");
  join(shared, "a");
  EXPECT_THAT(select({&plain, &shared}, {1}), ElementsAre("a@1"));
  EXPECT_THAT(select({&plain, &shared}, {2}), ElementsAre("a@2"));
}

TEST_F(FanOutTest, NoLocalKeepsOnesOwnMessagesAway) {
  Filter& one = filter(1);
  join(one, "a", QoS::at_most_once, true);
  join(one, "b", QoS::at_most_once, true);
  EXPECT_THAT(select({&one}, {1}, &client("a")), ElementsAre("b@1"));
}

TEST_F(FanOutTest, NoLocalOfOneFilterDoesNotSilenceAnother) {
  Filter& one = filter(1);
  Filter& two = filter(2);
  join(one, "a", QoS::exactly_once, true);
  join(two, "a", QoS::at_most_once, false);
  EXPECT_THAT(select({&one, &two}, {1, 2}, &client("a")), ElementsAre("a@2"));
}

}  // namespace
}  // namespace lobbyd::hub
