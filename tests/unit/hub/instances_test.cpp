#include "service/hub/wills/instances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Instances::TimePoint start{};

class InstancesTest : public testing::Test, private Instances::Port {
 protected:
  static InstanceRecord alive(std::uint64_t epoch = 1) { return {.epoch = epoch}; }
  static InstanceRecord dead(std::uint64_t epoch = 1) { return {.epoch = epoch, .state = InstanceState::dead}; }

  std::vector<std::string> asked_;
  std::vector<std::string> declared_;
  std::vector<std::string> died_;
  Instances instances_{{.instance = "self", .epoch = 1}, {.grace = 2s, .patience = 20s}, *this};

 private:
  void ask(const std::string& instance) override { asked_.push_back(instance); }
  void declare_dead(const Owner& owner, Instances::TimePoint) override { declared_.push_back(owner.instance); }
  void on_death(const std::string& instance, Instances::TimePoint) override { died_.push_back(instance); }
};

TEST_F(InstancesTest, SilenceIsDeath) {
  instances_.on_record("a", alive(), true, start);
  died_.clear();
  instances_.on_gone("a", start);
  EXPECT_THAT(asked_, ElementsAre("a"));
  instances_.handle_timeout(start + 1999ms);
  EXPECT_THAT(declared_, IsEmpty());
  instances_.handle_timeout(start + 2s);
  EXPECT_THAT(declared_, ElementsAre("a"));
  EXPECT_FALSE(instances_.is_dead({.instance = "a", .epoch = 1})) << "before that has come back";
  instances_.on_record("a", dead(), true, start + 2s);
  EXPECT_TRUE(instances_.is_dead({.instance = "a", .epoch = 1}));
  EXPECT_THAT(died_, ElementsAre("a"));
}

TEST_F(InstancesTest, WhoAnswersIsAlive) {
  instances_.on_record("a", alive(), true, start);
  instances_.on_gone("a", start);
  instances_.on_life_sign("a", 1, start + 1s);
  instances_.handle_timeout(start + 3s);
  EXPECT_THAT(declared_, IsEmpty());
  EXPECT_TRUE(instances_.is_alive({.instance = "a", .epoch = 1}));
}

TEST_F(InstancesTest, WhoHasLeftARecordAloneIsWaitedForLonger) {
  instances_.on_record("a", alive(), false, start);
  EXPECT_THAT(asked_, ElementsAre("a"));
  instances_.handle_timeout(start + 19s);
  EXPECT_THAT(declared_, IsEmpty());
  instances_.handle_timeout(start + 20s);
  EXPECT_THAT(declared_, ElementsAre("a"));
}

TEST_F(InstancesTest, ALaterEpochEndsTheOneBefore) {
  instances_.on_record("a", alive(1), true, start);
  instances_.on_record("a", alive(2), true, start + 1s);
  EXPECT_TRUE(instances_.is_dead({.instance = "a", .epoch = 1}));
  EXPECT_FALSE(instances_.is_dead({.instance = "a", .epoch = 2}));
}

TEST_F(InstancesTest, DeathIsForEver) {
  instances_.on_record("a", dead(), true, start);
  instances_.on_record("a", alive(), true, start + 1s);
  EXPECT_TRUE(instances_.is_dead({.instance = "a", .epoch = 1}));
  EXPECT_THAT(declared_, ElementsAre("a")) << "it has to learn of it";
}

TEST_F(InstancesTest, FurtherOnesAreNotLookedAfter) {
  for (std::size_t number = 0; number < Instances::most_instances; ++number) {
    instances_.on_record("a" + std::to_string(number), alive(), true, start);
  }
  instances_.on_record("one more", alive(), true, start);
  EXPECT_FALSE(instances_.is_alive({.instance = "one more", .epoch = 1}));
  instances_.on_gone("one more", start);
  EXPECT_THAT(asked_, IsEmpty());
}

// What is retained may take its time to come, and the will of a daemon come before its record.
TEST_F(InstancesTest, OneThatWentBeforeItsRecordWasReadHasTheGraceAlone) {
  instances_.on_gone("a", start);
  instances_.on_record("a", alive(), false, start + 300ms);
  instances_.handle_timeout(start + 2299ms);
  EXPECT_THAT(declared_, IsEmpty());
  instances_.handle_timeout(start + 2300ms);
  EXPECT_THAT(declared_, ElementsAre("a"));
}

TEST_F(InstancesTest, OneThatHasComeBackSinceItWentIsNotSuspectedForThat) {
  instances_.on_gone("a", start);
  instances_.on_record("a", alive(2), true, start + 100ms);
  EXPECT_EQ(instances_.next_timeout(), std::nullopt);
}

}  // namespace
}  // namespace lobbyd::hub
