#include "service/hub/wills/outgoing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const Outgoing::TimePoint start{};

class WillOutgoingTest : public testing::Test {
 protected:
  bool room_ = true;
  std::vector<std::pair<std::string, std::string>> sent_;
  Outgoing outgoing_{[this](const std::string& topic, const std::string& text) {
    if (room_) sent_.emplace_back(topic, text);
    return room_;
  }};
};

TEST_F(WillOutgoingTest, SoManyAreOnTheirWayAndTheNextWhenOneHasComeBack) {
  for (std::size_t number = 0; number < 20; ++number) outgoing_.write("t" + std::to_string(number), "x", start);
  EXPECT_THAT(sent_, SizeIs(Outgoing::window));
  EXPECT_FALSE(outgoing_.take("t0", "another's", start));
  EXPECT_TRUE(outgoing_.take("t0", "x", start));
  EXPECT_THAT(sent_, SizeIs(Outgoing::window + 1));
  EXPECT_EQ(sent_.back().first, "t16");
}

TEST_F(WillOutgoingTest, TheLastTextOfATopicIsWritten) {
  room_ = false;
  outgoing_.write("t", "1", start);
  outgoing_.write("t", "2", start);
  EXPECT_TRUE(outgoing_.busy("t"));
  room_ = true;
  EXPECT_EQ(outgoing_.next_timeout(), start + 50ms);
  outgoing_.handle_timeout(start + 50ms);
  EXPECT_THAT(sent_, ElementsAre(Pair("t", "2")));
}

TEST_F(WillOutgoingTest, WhatIsCancelledIsNotWritten) {
  room_ = false;
  outgoing_.write("a", "1", start);
  outgoing_.write("b", "1", start);
  outgoing_.cancel("a");
  EXPECT_FALSE(outgoing_.busy("a"));
  room_ = true;
  outgoing_.handle_timeout(start);
  EXPECT_THAT(sent_, ElementsAre(Pair("b", "1")));
  outgoing_.cancel("b");
  EXPECT_TRUE(outgoing_.busy("b")) << "it is on its way";
  EXPECT_TRUE(outgoing_.take("b", "1", start));
  EXPECT_TRUE(outgoing_.idle());
}

TEST_F(WillOutgoingTest, WhatDoesNotComeBackIsToldOf) {
  outgoing_.write("a", "1", start);
  EXPECT_EQ(outgoing_.next_timeout(), start + 5s);
  EXPECT_THAT(outgoing_.handle_timeout(start + 4s), IsEmpty());
  EXPECT_THAT(outgoing_.handle_timeout(start + 5s), ElementsAre("a"));
  EXPECT_TRUE(outgoing_.idle());
}

}  // namespace
}  // namespace lobbyd::hub
