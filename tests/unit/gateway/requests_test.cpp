#include "service/gateway/requests.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace lobbyd::gateway {
namespace {

Requests read(std::string_view text) {
  api::JsonReader reader;
  return read_requests(reader, text);
}

TEST(RequestsTest, OneRequestWithItsParams) {
  const std::string text = R"({"jsonrpc":"2.0","id":"x","method":"subscribe","params":{"topic":"a/#"}})";
  const Requests requests = read(text);
  EXPECT_FALSE(requests.batch);
  EXPECT_EQ(requests.bytes, text.size());
  ASSERT_EQ(requests.requests.size(), 1U);
  EXPECT_EQ(requests.requests[0].id, api::Id("x"));
  ASSERT_TRUE(requests.requests[0].params);
  EXPECT_TRUE(std::holds_alternative<api::SubscribeParams>(*requests.requests[0].params));
}

TEST(RequestsTest, ABatchKeepsItsOrderAndWhatIsWrongInIt) {
  const Requests requests =
      read(R"([{"jsonrpc":"2.0","id":1,"method":"ping"},2,{"jsonrpc":"2.0","id":3,"method":"fly"},)"
           R"({"jsonrpc":"2.0","id":4,"method":"publish","params":{"qos":7}}])");
  EXPECT_TRUE(requests.batch);
  ASSERT_EQ(requests.requests.size(), 4U);
  EXPECT_TRUE(requests.requests[0].params);
  EXPECT_EQ(requests.requests[1].params.error().reason, api::Reason::invalid_request);
  EXPECT_EQ(requests.requests[1].id, api::Id(api::Id::Null{}));
  EXPECT_EQ(requests.requests[2].params.error().reason, api::Reason::method_not_found);
  EXPECT_EQ(requests.requests[2].id, api::Id(3));
  EXPECT_FALSE(requests.requests[3].params);
  EXPECT_EQ(requests.requests[3].id, api::Id(4));
}

TEST(RequestsTest, WhatIsNoJsonIsOneRequestThatIsWrong) {
  const Requests requests = read("{");
  ASSERT_EQ(requests.requests.size(), 1U);
  EXPECT_EQ(requests.requests[0].params.error().reason, api::Reason::parse_error);
}

}  // namespace
}  // namespace lobbyd::gateway
