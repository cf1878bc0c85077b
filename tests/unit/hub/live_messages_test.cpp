#include "service/hub/live_messages.hpp"

#include "tests/unit/hub/hub_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using testing::ElementsAre;

class LiveMessagesTest : public HubScene {
 protected:
  std::unique_ptr<Player> subscriber(const std::string& filter) {
    auto it = player(filter);
    subscribe(*it, {filter});
    EXPECT_TRUE(wait_for_read());
    answer_read();
    EXPECT_TRUE(run_until([&] { return it->seen.size() == 1; }));
    it->seen.clear();
    return it;
  }
  // What the broker sends in one go comes in one read.
  void bring_live(std::initializer_list<std::pair<const char*, std::string>> messages) {
    for (const auto& [topic, payload] : messages) {
      publish_live(topic, payload);
    }
  }
};

TEST_F(LiveMessagesTest, ThoseOfOneTopicInARowArePassedOnAsOne) {
  connect();
  const auto one = subscriber("a");
  const auto other = subscriber("+");
  bring_live({{"a", "1"}, {"a", ""}, {"a", "3"}, {"b", "4"}, {"a", "5"}});
  ASSERT_TRUE(run_until([&] { return other->seen.size() == 5; }));
  EXPECT_THAT(one->seen, ElementsAre("a=1", "a=", "a=3", "a=5"));
  EXPECT_THAT(other->seen, ElementsAre("a=1", "a=", "a=3", "b=4", "a=5"));
  EXPECT_EQ(one->deliveries, 2);
  EXPECT_EQ(other->deliveries, 3);
}

TEST_F(LiveMessagesTest, JoinedOnesHaveABound) {
  Options options;
  options.joined_bytes = 100;
  connect(options);
  const auto it = subscriber("a");
  const std::string payload(40, 'x');
  bring_live({{"a", payload}, {"a", payload}, {"a", payload}, {"a", std::string(1000, 'y')}, {"a", payload}});
  ASSERT_TRUE(run_until([&] { return it->seen.size() == 5; }));
  EXPECT_EQ(it->deliveries, 4);
}

TEST_F(LiveMessagesTest, MembersOfASharedSubscriptionTakeTurns) {
  connect();
  std::vector<std::unique_ptr<Player>> members;
  for (const char* name : {"one", "two"}) {
    members.push_back(player(name));
    subscribe(*members.back(), {"$share/g/a"});
    ASSERT_TRUE(run_until([&] { return members.back()->seen.size() == 1; }));
    members.back()->seen.clear();
  }
  bring_live({{"a", "1"}, {"a", "2"}, {"a", "3"}, {"a", "4"}});
  ASSERT_TRUE(run_until([&] { return members[0]->seen.size() + members[1]->seen.size() == 4; }));
  EXPECT_EQ(members[0]->seen.size(), 2U);
  EXPECT_EQ(members[1]->seen.size(), 2U);
}

}  // namespace
}  // namespace lobbyd::hub
