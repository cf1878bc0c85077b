#include "service/apps/host/host_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct Room {
  Room(std::string its_name, Waker& its_waker, std::vector<std::string>& its_log)
      : name(std::move(its_name)), waker(its_waker), log(its_log) {}

  bool is_idle() const { return idle; }
  bool is_over(Moment::TimePoint now) const { return now >= over_at; }
  Due next_timeout(Moment /*now*/) const { return next; }
  void handle_timeout(Moment now) {
    log.push_back(name);
    if (next && *next <= now.steady) {
      next.reset();
    }
  }

  std::string name;
  Waker& waker;
  std::vector<std::string>& log;
  bool idle = false;
  Moment::TimePoint over_at = Moment::TimePoint::max();
  Due next;
};

class HostTableTest : public testing::Test, protected Waker {
 protected:
  void wake_at(Moment::TimePoint time) override { asked_.push_back(time); }
  auto make(const std::string& name) {
    return rooms_.find_or_make(name, [&](Waker& waker) { return std::make_unique<Room>(name, waker, woken_); });
  }
  std::vector<std::string> woken_at(Moment::TimePoint time) {
    rooms_.handle_timeout({.steady = time, .unix_ms = 0});
    return std::exchange(woken_, {});
  }

  const Moment::TimePoint start_{1000s};
  std::vector<Moment::TimePoint> asked_;
  std::vector<std::string> woken_;
  HostTable<Room> rooms_{static_cast<Waker&>(*this), 2};
};

TEST_F(HostTableTest, MakesARoomOnceAndFindsIt) {
  EXPECT_EQ(rooms_.find("one"), nullptr);
  Room* const one = *make("one");
  EXPECT_EQ(rooms_.find("one"), one);
  EXPECT_EQ(*make("one"), one);
}

TEST_F(HostTableTest, RefusesOneMoreThanItTakes) {
  ASSERT_TRUE(make("one"));
  ASSERT_TRUE(make("two"));
  const auto third = make("three");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, api::Reason::too_many);
  EXPECT_EQ(rooms_.find("three"), nullptr);
  EXPECT_TRUE(make("two")) << "one that is here is no further one";
}

TEST_F(HostTableTest, WhenFullThoseThatNobodyNeedsGiveWay) {
  Room* const one = *make("one");
  ASSERT_TRUE(make("two"));
  one->idle = true;
  EXPECT_EQ(rooms_.find("one"), one) << "until there is need of its place";
  EXPECT_TRUE(make("three"));
  EXPECT_EQ(rooms_.find("one"), nullptr);
  EXPECT_NE(rooms_.find("two"), nullptr);
}

TEST_F(HostTableTest, WakesEachAtItsOwnTime) {
  Room* const one = *make("one");
  Room* const two = *make("two");
  one->waker.wake_at(start_ + 2s);
  two->waker.wake_at(start_ + 1s);
  two->waker.wake_at(start_ + 3s);
  EXPECT_THAT(asked_, ElementsAre(start_ + 2s, start_ + 1s)) << "what is later than before is no news";
  EXPECT_EQ(rooms_.next_timeout(), start_ + 1s);
  EXPECT_THAT(woken_at(start_), IsEmpty());
  EXPECT_THAT(woken_at(start_ + 1s), ElementsAre("two"));
  EXPECT_EQ(rooms_.next_timeout(), start_ + 2s);
  EXPECT_THAT(woken_at(start_ + 2s), ElementsAre("one"));
  EXPECT_EQ(rooms_.next_timeout(), std::nullopt);
}

TEST_F(HostTableTest, AsksARoomThatWasWokenForItsNextTime) {
  Room* const one = *make("one");
  one->waker.wake_at(start_);
  one->next = start_ + 5s;
  EXPECT_THAT(woken_at(start_), ElementsAre("one"));
  EXPECT_EQ(rooms_.next_timeout(), start_ + 5s);
  one->waker.wake_at(start_ + 4s);
  EXPECT_EQ(rooms_.next_timeout(), start_ + 4s);
  EXPECT_THAT(woken_at(start_ + 5s), ElementsAre("one"));
  EXPECT_EQ(rooms_.next_timeout(), std::nullopt);
}

TEST_F(HostTableTest, ARoomThatIsDueAgainAtOnceIsWokenOnce) {
  Room* const one = *make("one");
  one->waker.wake_at(start_);
  one->next = start_ + 1s;
  one->over_at = start_ + 2s;
  EXPECT_THAT(woken_at(start_ + 1s), ElementsAre("one"));
}

TEST_F(HostTableTest, ForgetsThoseThatNobodyHasNeededForAWhile) {
  Room* const one = *make("one");
  ASSERT_TRUE(make("two"));
  one->over_at = start_ + 1s;
  one->next = one->over_at;
  one->waker.wake_at(start_);
  EXPECT_THAT(woken_at(start_), ElementsAre("one"));
  EXPECT_NE(rooms_.find("one"), nullptr);
  EXPECT_THAT(woken_at(start_ + 1s), ElementsAre("one"));
  EXPECT_EQ(rooms_.find("one"), nullptr);
  EXPECT_NE(rooms_.find("two"), nullptr);
}

TEST_F(HostTableTest, OfOneThatIsThereNoMoreNothingIsLeft) {
  Room* const one = *make("one");
  one->waker.wake_at(start_ + 1s);
  one->idle = true;
  ASSERT_TRUE(make("two"));
  ASSERT_TRUE(make("three"));
  EXPECT_THAT(woken_at(start_ + 1s), IsEmpty());
}

}  // namespace
}  // namespace lobbyd::apps
