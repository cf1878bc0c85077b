#include "service/gateway/reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplyTest : public testing::Test {
 protected:
  Reply make(api::Id id, std::shared_ptr<Batch> batch = nullptr) {
    return {std::move(id), send_, nullptr, std::move(batch)};
  }

  std::vector<std::string> sent_;
  Batch::Send send_ = [this](const std::string& frame) { sent_.push_back(frame); };
};

TEST_F(ReplyTest, AnswersInAFrameOfItsOwn) {
  make(api::Id(7)).result(api::Json::object());
  EXPECT_THAT(sent_, ElementsAre(R"({"jsonrpc":"2.0","id":7,"result":{}})"));
}

TEST_F(ReplyTest, ARequestWithoutIdIsNotAnsweredWhateverComesOfIt) {
  make({}).result(api::Json::object());
  make({}).error({api::Reason::forbidden, "no"});
  make({}).result_text("{}");
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(ReplyTest, ABatchIsAnsweredWhenItsLastRequestHasBeen) {
  auto batch = std::make_shared<Batch>(1000, send_);
  std::optional<Reply> first(make(api::Id(1), batch));
  std::optional<Reply> second(make(api::Id(2), batch));
  std::optional<Reply> silent(make({}, batch));
  batch.reset();
  second->result(2);
  second.reset();
  silent.reset();
  EXPECT_THAT(sent_, IsEmpty());
  first->result(1);
  first.reset();
  EXPECT_THAT(sent_, ElementsAre(R"([{"jsonrpc":"2.0","id":2,"result":2},{"jsonrpc":"2.0","id":1,"result":1}])"));
}

TEST_F(ReplyTest, ABatchThatFillsAFrameIsAnsweredInParts) {
  auto batch = std::make_shared<Batch>(100, send_);
  std::optional<Reply> first(make(api::Id(1), batch));
  first->result(std::string(40, 'a'));
  EXPECT_THAT(sent_, IsEmpty());
  make(api::Id(2), batch).result(std::string(40, 'b'));
  EXPECT_EQ(sent_.size(), 1U) << "what does not fit beside the next answer has gone";
  make(api::Id(3), batch).result(std::string(500, 'c'));
  first.reset();
  batch.reset();
  EXPECT_EQ(sent_.size(), 3U);
}

TEST_F(ReplyTest, ABatchOfNotificationsIsNotAnswered) {
  {
    auto batch = std::make_shared<Batch>(1000, send_);
    make({}, batch).result(1);
  }
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(ReplyTest, WhatIsThereCanBeSentBeforeTheRest) {
  {
    auto batch = std::make_shared<Batch>(1000, send_);
    Reply first = make(api::Id(1), batch);
    first.result(1);
    first.flush();
    EXPECT_EQ(sent_.size(), 1U);
    make(api::Id(2), batch).result(2);
  }
  EXPECT_THAT(sent_,
              ElementsAre(R"([{"jsonrpc":"2.0","id":1,"result":1}])", R"([{"jsonrpc":"2.0","id":2,"result":2}])"));
}

TEST_F(ReplyTest, TheGuardGoesWithTheReply) {
  auto guard = std::make_shared<int>(0);
  const std::weak_ptr<int> alive = guard;
  {
    Reply reply(api::Id(1), send_, std::move(guard), nullptr);
    Reply moved = std::move(reply);
    moved.result(1);
    EXPECT_FALSE(alive.expired());
  }
  EXPECT_TRUE(alive.expired());
}

}  // namespace
}  // namespace lobbyd::gateway
