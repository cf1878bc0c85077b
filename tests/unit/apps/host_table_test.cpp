#include "service/apps/host/host_table.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace lobbyd::apps {
namespace {

using namespace std::chrono_literals;

struct Room {
  bool idle = false;
  Moment::TimePoint over_at = Moment::TimePoint::max();

  bool is_idle() const { return idle; }
  bool is_over(Moment::TimePoint now) const { return now >= over_at; }
};

std::unique_ptr<Room> make() {
  return std::make_unique<Room>();
}

TEST(HostTable, MakesARoomOnceAndFindsIt) {
  HostTable<Room> rooms(2);
  EXPECT_EQ(rooms.find("one"), nullptr);
  Room* const one = *rooms.find_or_make("one", make);
  EXPECT_EQ(rooms.find("one"), one);
  EXPECT_EQ(*rooms.find_or_make("one", make), one);
}

TEST(HostTable, RefusesOneMoreThanItTakes) {
  HostTable<Room> rooms(2);
  ASSERT_TRUE(rooms.find_or_make("one", make));
  ASSERT_TRUE(rooms.find_or_make("two", make));
  const auto third = rooms.find_or_make("three", make);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, api::Reason::too_many);
  EXPECT_EQ(rooms.find("three"), nullptr);
  EXPECT_TRUE(rooms.find_or_make("two", make)) << "one that is here is no further one";
}

TEST(HostTable, WhenFullThoseThatNobodyNeedsGiveWay) {
  HostTable<Room> rooms(2);
  Room* const one = *rooms.find_or_make("one", make);
  ASSERT_TRUE(rooms.find_or_make("two", make));
  one->idle = true;
  EXPECT_EQ(rooms.find("one"), one) << "until there is need of its place";
  EXPECT_TRUE(rooms.find_or_make("three", make));
  EXPECT_EQ(rooms.find("one"), nullptr);
  EXPECT_NE(rooms.find("two"), nullptr);
}

TEST(HostTable, ForgetsThoseThatNobodyHasNeededForAWhile) {
  HostTable<Room> rooms(2);
  const Moment::TimePoint now{};
  (*rooms.find_or_make("one", make))->over_at = now + 1s;
  ASSERT_TRUE(rooms.find_or_make("two", make));
  rooms.forget_over(now);
  EXPECT_NE(rooms.find("one"), nullptr);
  rooms.forget_over(now + 1s);
  EXPECT_EQ(rooms.find("one"), nullptr);
  EXPECT_NE(rooms.find("two"), nullptr);
}

}  // namespace
}  // namespace lobbyd::apps
