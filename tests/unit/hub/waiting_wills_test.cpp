#include "service/hub/waiting_wills.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const WaitingWills::TimePoint start{};

class NoReceiver final : public Receiver {
 public:
  void deliver(const Delivery&) override {}
  void on_broker_status(const upstream::BrokerStatus&) override {}
};

class WaitingWillsTest : public testing::Test {
 protected:
  static upstream::Message message(std::string topic) {
    upstream::Message will;
    will.topic = std::move(topic);
    return will;
  }
  WaitingWills::Will will(const std::string& client_id, std::string topic) {
    return {std::make_shared<Client>(client_id, client_id, receiver_), message(std::move(topic))};
  }
  static std::vector<std::string> due(WaitingWills& wills, WaitingWills::TimePoint now) {
    std::vector<std::string> topics;
    while (const auto taken = wills.take_due(now)) {
      topics.push_back(taken->message.topic);
    }
    return topics;
  }
  static std::vector<std::string> cancel(WaitingWills& wills, const std::string& client_id) {
    std::vector<std::string> topics;
    for (const auto& cancelled : wills.cancel(client_id)) {
      topics.push_back(cancelled.message.topic);
    }
    return topics;
  }

  NoReceiver receiver_;
  WaitingWills wills_;
};

TEST_F(WaitingWillsTest, NoneIsDueAtFirst) {
  EXPECT_EQ(wills_.next(), std::nullopt);
  EXPECT_THAT(due(wills_, WaitingWills::TimePoint::max()), IsEmpty());
}

TEST_F(WaitingWillsTest, EachIsDueWhenItsTimeHasComeAndNotBefore) {
  wills_.add(start + 2s, will("b", "later"));
  wills_.add(start + 1s, will("a", "sooner"));
  EXPECT_EQ(wills_.next(), start + 1s);
  EXPECT_THAT(due(wills_, start + 999ms), IsEmpty());
  EXPECT_THAT(due(wills_, start + 1s), ElementsAre("sooner"));
  EXPECT_EQ(wills_.next(), start + 2s);
  EXPECT_THAT(due(wills_, start + 5s), ElementsAre("later"));
  EXPECT_EQ(wills_.next(), std::nullopt);
}

TEST_F(WaitingWillsTest, ThoseDueAtOnceComeInTheOrderOfTheirTimes) {
  wills_.add(start + 3s, will("c", "3"));
  wills_.add(start + 1s, will("a", "1"));
  wills_.add(start + 1s, will("b", "1 as well"));
  wills_.add(start + 2s, will("d", "2"));
  EXPECT_THAT(due(wills_, start + 1h), ElementsAre("1", "1 as well", "2", "3"));
}

TEST_F(WaitingWillsTest, AWillGoesTogetherWithItsClient) {
  const auto added = will("a", "topic");
  wills_.add(start, added);
  const auto taken = wills_.take_due(start);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->client, added.client);
}

TEST_F(WaitingWillsTest, AReturnCancelsTheWillsOfThatIdAlone) {
  wills_.add(start + 1s, will("a", "first"));
  wills_.add(start + 1s, will("b", "other"));
  wills_.add(start + 2s, will("a", "second"));
  EXPECT_THAT(cancel(wills_, "a"), UnorderedElementsAre("first", "second"));
  EXPECT_THAT(cancel(wills_, "a"), IsEmpty());
  EXPECT_THAT(due(wills_, start + 1h), ElementsAre("other"));
}

TEST_F(WaitingWillsTest, AWillThatLeftIsNotCancelled) {
  wills_.add(start, will("a", "left"));
  EXPECT_THAT(due(wills_, start), ElementsAre("left"));
  EXPECT_THAT(cancel(wills_, "a"), IsEmpty());
}

TEST_F(WaitingWillsTest, BeyondTheBoundTheNextIsDueEarly) {
  WaitingWills few({.wills = 2});
  few.add(start + 2s, will("a", "2"));
  few.add(start + 3s, will("b", "3"));
  EXPECT_THAT(due(few, start), IsEmpty());
  few.add(start + 4s, will("c", "4"));
  EXPECT_THAT(due(few, start), ElementsAre("2"));
  few.add(start + 1s, will("d", "1"));
  EXPECT_THAT(due(few, start), ElementsAre("1")) << "whichever is the next, also the new one";
  EXPECT_EQ(few.size(), 2U);
}

TEST_F(WaitingWillsTest, TheBoundIsAHundredThousand) {
  for (int number = 0; number < 100'000; ++number) {
    wills_.add(start + 1h, will("c" + std::to_string(number), "t"));
  }
  EXPECT_THAT(due(wills_, start), IsEmpty());
  wills_.add(start + 1s, will("one more", "next"));
  EXPECT_THAT(due(wills_, start), ElementsAre("next"));
}

TEST_F(WaitingWillsTest, BytesAreBoundedToo) {
  WaitingWills few({.bytes = 3 * message("1").weight()});
  for (const char* name : {"1", "2", "3"}) {
    few.add(start + 1s, will(name, name));
  }
  EXPECT_THAT(due(few, start), IsEmpty());
  few.add(start + 2s, will("4", "4"));
  EXPECT_THAT(due(few, start), ElementsAre("1"));
  EXPECT_THAT(cancel(few, "2"), ElementsAre("2"));
  few.add(start + 2s, will("5", "5"));
  EXPECT_THAT(due(few, start), IsEmpty()) << "what has left does not count";
}

}  // namespace
}  // namespace lobbyd::hub
