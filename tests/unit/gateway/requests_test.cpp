#include "service/gateway/requests.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace lobbyd::gateway {
namespace {

TEST(RequestsTest, OneRequestWithItsParams) {
  const std::string text = R"({"jsonrpc":"2.0","id":"x","method":"subscribe","params":{"topic":"a/#"}})";
  const Requests read = read_requests(text);
  EXPECT_FALSE(read.batch);
  EXPECT_EQ(read.bytes, text.size());
  ASSERT_EQ(read.requests.size(), 1U);
  EXPECT_EQ(read.requests[0].id, api::Id("x"));
  ASSERT_TRUE(read.requests[0].params);
  EXPECT_TRUE(std::holds_alternative<api::SubscribeParams>(*read.requests[0].params));
}

TEST(RequestsTest, ABatchKeepsItsOrderAndWhatIsWrongInIt) {
  const Requests read =
      read_requests(R"([{"jsonrpc":"2.0","id":1,"method":"ping"},2,{"jsonrpc":"2.0","id":3,"method":"fly"},)"
                    R"({"jsonrpc":"2.0","id":4,"method":"publish","params":{"qos":7}}])");
  EXPECT_TRUE(read.batch);
  ASSERT_EQ(read.requests.size(), 4U);
  EXPECT_TRUE(read.requests[0].params);
  EXPECT_EQ(read.requests[1].params.error().reason, api::Reason::invalid_request);
  EXPECT_EQ(read.requests[1].id, api::Id(api::Id::Null{}));
  EXPECT_EQ(read.requests[2].params.error().reason, api::Reason::method_not_found);
  EXPECT_EQ(read.requests[2].id, api::Id(3));
  EXPECT_FALSE(read.requests[3].params);
  EXPECT_EQ(read.requests[3].id, api::Id(4));
}

TEST(RequestsTest, WhatIsNoJsonIsOneRequestThatIsWrong) {
  const Requests read = read_requests("{");
  ASSERT_EQ(read.requests.size(), 1U);
  EXPECT_EQ(read.requests[0].params.error().reason, api::Reason::parse_error);
}

}  // namespace
}  // namespace lobbyd::gateway
