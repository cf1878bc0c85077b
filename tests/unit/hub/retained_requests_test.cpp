#include "service/hub/retained_requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::hub {
namespace {

using testing::ElementsAre;

class RetainedRequestsTest : public testing::Test {
 protected:
  RetainedRequests::Ticket add(const std::vector<std::string>& filters) {
    return requests_.add(this, filters, [](const RetainedSet&) {});
  }

  RetainedRequests requests_;
};

TEST_F(RetainedRequestsTest, TheBatchInFrontHasEachFilterOnce) {
  add({"a", "b"});
  add({"b", "c"});
  const auto last = add({"a"});
  const auto batch = requests_.front(10);
  EXPECT_THAT(batch.filters, ElementsAre("a", "b", "c"));
  EXPECT_EQ(batch.end, last + 1);
  EXPECT_EQ(requests_.take_before(batch.end).size(), 3U);
  EXPECT_TRUE(requests_.empty());
  EXPECT_EQ(requests_.bytes(), 0U);
}

TEST_F(RetainedRequestsTest, ARequestIsNeverDivided) {
  add({"a", "b", "c"});
  const auto second = add({"d"});
  const auto batch = requests_.front(2);
  EXPECT_THAT(batch.filters, ElementsAre("a", "b", "c"));
  EXPECT_EQ(batch.end, second);
  EXPECT_EQ(requests_.take_before(batch.end).size(), 1U);
  EXPECT_THAT(requests_.front(2).filters, ElementsAre("d"));
}

TEST_F(RetainedRequestsTest, WhatComesAfterABatchIsNotInIt) {
  add({"a"});
  const auto batch = requests_.front(10);
  add({"b"});
  EXPECT_TRUE(requests_.any_before(batch.end));
  EXPECT_EQ(requests_.take_before(batch.end).size(), 1U);
  EXPECT_FALSE(requests_.any_before(batch.end));
  EXPECT_FALSE(requests_.empty());
}

TEST_F(RetainedRequestsTest, CancellingLetsGoOfWhatARequestHolds) {
  const auto held = std::make_shared<int>(1);
  const auto first = requests_.add(this, {std::string(1'000, 'x')}, [held](const RetainedSet&) {});
  const std::size_t bytes = requests_.bytes();
  EXPECT_GT(bytes, 1'000U);
  requests_.add(this, {"a"}, [held](const RetainedSet&) {});
  const int other = 0;
  requests_.add(&other, {"b"}, [](const RetainedSet&) {});
  requests_.cancel(first);
  requests_.cancel(first);
  EXPECT_EQ(held.use_count(), 2);
  requests_.forget(this);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_THAT(requests_.front(10).filters, ElementsAre("b"));
  EXPECT_LT(requests_.bytes(), bytes);
}

}  // namespace
}  // namespace lobbyd::hub
