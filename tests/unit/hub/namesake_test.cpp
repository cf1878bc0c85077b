#include "service/hub/wills/namesake.hpp"

#include "service/hub/wills/instance_record.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using Verdict = Namesake::Verdict;

const Namesake::TimePoint start{};

class NamesakeTest : public testing::Test, private Namesake::Port {
 protected:
  void SetUp() override { namesake_.on_link_up(start); }
  static std::string record(InstanceState state) { return to_text(InstanceRecord{.epoch = 1, .state = state}); }

  int asked_ = 0;
  Namesake namesake_{"n", 2s, *this};

 private:
  void ask(const std::string&) override { ++asked_; }
};

TEST_F(NamesakeTest, WithoutARecordItIsAloneWhenTheQuestionComesBack) {
  EXPECT_EQ(asked_, 1);
  namesake_.on_mark("another's");
  namesake_.on_mark("n");
  namesake_.on_ask("another's", start);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
  namesake_.on_ask("n", start);
  EXPECT_EQ(namesake_.verdict(), Verdict::alone);
}

// As with a broker that sends retained messages on their own time.
TEST_F(NamesakeTest, ARecordMayComeBehindTheQuestion) {
  namesake_.on_ask("n", start);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
  EXPECT_EQ(namesake_.next_timeout(), start + 300ms);
  namesake_.on_record(record(InstanceState::alive));
  namesake_.handle_timeout(start + 300ms);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown) << "it is there, and is waited for";
  namesake_.on_answer(to_text(LifeSign{"n", 1}));
  EXPECT_EQ(namesake_.verdict(), Verdict::lives);
}

TEST_F(NamesakeTest, ARecordThatDoesNotComeIsNotWaitedForForLong) {
  namesake_.on_ask("n", start + 50ms);
  namesake_.handle_timeout(start + 300ms);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
  namesake_.handle_timeout(start + 350ms);
  EXPECT_EQ(namesake_.verdict(), Verdict::alone);
}

TEST_F(NamesakeTest, OneThatHasEndedInOrderIsNotWaitedFor) {
  namesake_.on_record(record(InstanceState::draining));
  namesake_.on_ask("n", start);
  EXPECT_EQ(namesake_.verdict(), Verdict::alone);
}

TEST_F(NamesakeTest, OneWithARecordIsWaitedFor) {
  namesake_.on_record(record(InstanceState::alive));
  namesake_.on_ask("n", start);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
  EXPECT_EQ(namesake_.next_timeout(), start + 500ms);
  namesake_.handle_timeout(start + 500ms);
  EXPECT_EQ(asked_, 2);
  namesake_.handle_timeout(start + 2s);
  EXPECT_EQ(namesake_.verdict(), Verdict::alone);
  EXPECT_EQ(namesake_.next_timeout(), std::nullopt);
}

TEST_F(NamesakeTest, OneThatAnswersLives) {
  namesake_.on_record(record(InstanceState::alive));
  namesake_.on_answer(to_text(LifeSign{"another's", 1}));
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
  namesake_.on_answer(to_text(LifeSign{"n", 1}));
  EXPECT_EQ(namesake_.verdict(), Verdict::lives);
}

TEST_F(NamesakeTest, WithoutALinkNothingIsFoundOut) {
  namesake_.on_link_down();
  EXPECT_EQ(namesake_.next_timeout(), std::nullopt);
  namesake_.handle_timeout(start + 1h);
  EXPECT_EQ(namesake_.verdict(), Verdict::unknown);
}

}  // namespace
}  // namespace lobbyd::hub
