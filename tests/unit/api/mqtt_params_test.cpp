#include "tests/unit/api/expectations.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::api::test {
namespace {

using std::chrono::seconds;
using Filters = std::vector<std::string>;

TEST(Subscribe, HasDefaults) {
  const auto params = parse_subscribe(params_of(R"({"topic": "a/#"})"));
  ASSERT_TRUE(params);
  EXPECT_EQ(params->filters, Filters{"a/#"});
  EXPECT_EQ(params->qos, 0);
  EXPECT_TRUE(params->retained);
  EXPECT_EQ(params->delivery, Delivery::queue);
  EXPECT_FALSE(params->no_local);
}

TEST(Subscribe, ReadsEveryField) {
  const auto params = parse_subscribe(params_of(
      R"({"topics": ["a", "b", "a"], "qos": 2.0, "retained": false, "delivery": "latest", "no_local": true})"));
  ASSERT_TRUE(params);
  EXPECT_EQ(params->filters, (Filters{"a", "b", "a"}));
  EXPECT_EQ(params->qos, 2);
  EXPECT_FALSE(params->retained);
  EXPECT_EQ(params->delivery, Delivery::latest);
  EXPECT_TRUE(params->no_local);
}

TEST(Subscribe, LeavesTheRulesForFiltersToOthers) {
  EXPECT_EQ(parse_subscribe(params_of(R"({"topic": ""})"))->filters, Filters{""});
  EXPECT_EQ(parse_subscribe(params_of(R"({"topics": ["a#b", "$share/g/x"]})"))->filters,
            (Filters{"a#b", "$share/g/x"}));
}

const std::pair<const char*, const char*> topic_faults[] = {
    {"{}", "topic"},
    {R"({"topic": null})", "topic"},
    {R"({"topic": 1})", "topic"},
    {R"({"topic": ["a"]})", "topic"},
    {R"({"topic": "a", "topics": ["b"]})", "topic"},
    {R"({"topics": "a"})", "topics"},
    {R"({"topics": []})", "topics"},
    {R"({"topics": ["a", 1]})", "topics"},
    {R"({"topics": [null]})", "topics"},
    {R"({"topics": {"a": "b"}})", "topics"},
};

TEST(Subscribe, NamesTheFieldAtFault) {
  for (const auto& [text, field] : topic_faults) {
    expect_field_error(parse_subscribe(params_of(text)), Reason::invalid_params, field, text);
  }
  const std::pair<const char*, const char*> cases[] = {
      {R"({"topic": "a", "qos": 3})", "qos"},
      {R"({"topic": "a", "qos": -1})", "qos"},
      {R"({"topic": "a", "qos": "1"})", "qos"},
      {R"({"topic": "a", "qos": 0.5})", "qos"},
      {R"({"topic": "a", "qos": true})", "qos"},
      {R"({"topic": "a", "qos": 18446744073709551615})", "qos"},
      {R"({"topic": "a", "retained": 1})", "retained"},
      {R"({"topic": "a", "delivery": "newest"})", "delivery"},
      {R"({"topic": "a", "delivery": 1})", "delivery"},
      {R"({"topic": "a", "no_local": "x"})", "no_local"},
      {R"({"topic": "a", "QoS": 1})", "QoS"},
      {R"({"filter": "a"})", "filter"},
      {R"({"topic": "a", "": 1})", ""},
  };
  for (const auto& [text, field] : cases) {
    expect_field_error(parse_subscribe(params_of(text)), Reason::invalid_params, field, text);
  }
}

TEST(Unsubscribe, ReadsOneOrSeveral) {
  EXPECT_EQ(parse_unsubscribe(params_of(R"({"topic": "a"})"))->filters, Filters{"a"});
  EXPECT_EQ(parse_unsubscribe(params_of(R"({"topics": ["a", "b"]})"))->filters, (Filters{"a", "b"}));
  for (const auto& [text, field] : topic_faults) {
    expect_field_error(parse_unsubscribe(params_of(text)), Reason::invalid_params, field, text);
  }
  expect_field_error(parse_unsubscribe(params_of(R"({"topic": "a", "qos": 0})")), Reason::invalid_params, "qos", "");
}

TEST(Publish, HasDefaults) {
  const auto params = parse_publish(params_of(R"({"topic": "t"})"));
  ASSERT_TRUE(params);
  EXPECT_EQ(params->topic, "t");
  EXPECT_EQ(params->payload, "");
  EXPECT_EQ(params->qos, 0);
  EXPECT_FALSE(params->retain);
  EXPECT_FALSE(params->key || params->expiry || params->content_type || params->response_topic);
  EXPECT_FALSE(params->correlation_data);
  EXPECT_TRUE(params->user_properties.empty());
}

TEST(Publish, ReadsEveryField) {
  const auto params = parse_publish(params_of(R"({"topic": "t", "payload": "p", "qos": 1.0, "retain": true, "key": "k",
    "expiry": 10.0, "content_type": "text/plain", "response_topic": "r", "correlation_data": "c\u00fc",
    "user_properties": [["a", "1"], ["a", ""]]})"));
  ASSERT_TRUE(params);
  EXPECT_EQ(params->payload, "p");
  EXPECT_EQ(params->qos, 1);
  EXPECT_TRUE(params->retain);
  EXPECT_EQ(params->key, "k");
  EXPECT_EQ(params->expiry, seconds(10));
  EXPECT_EQ(params->content_type, "text/plain");
  EXPECT_EQ(params->response_topic, "r");
  EXPECT_EQ(params->correlation_data, "c\u00fc");
  EXPECT_EQ(params->user_properties, (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"a", ""}}));
}

TEST(Publish, ReadsBinaryCorrelationData) {
  EXPECT_EQ(parse_publish(params_of(R"({"topic": "t", "correlation_data_base64": "AP8="})"))->correlation_data,
            std::string("\0\xff", 2));
}

TEST(Publish, TakesNullAsAbsent) {
  const auto params = parse_publish(params_of(R"({"topic": "t", "payload": null, "payload_base64": null, "qos": null,
    "retain": null, "key": null, "expiry": null, "content_type": null, "response_topic": null, "correlation_data": null,
    "correlation_data_base64": null, "user_properties": null})"));
  ASSERT_TRUE(params);
  EXPECT_FALSE(params->key || params->expiry || params->content_type || params->correlation_data);
}

TEST(Publish, NamesTheFieldAtFault) {
  const std::pair<std::string, const char*> cases[] = {
      {"{}", "topic"},
      {R"({"topic": 5})", "topic"},
      {R"({"topic": "t", "payload_base64": true})", "payload_base64"},
      {R"({"topic": "t", "qos": 7})", "qos"},
      {R"({"topic": "t", "retain": "true"})", "retain"},
      {R"({"topic": "t", "key": 1})", "key"},
      {R"({"topic": "t", "key": ")" + std::string(max_key_bytes + 1, 'k') + "\"}", "key"},
      {R"({"topic": "t", "expiry": -5})", "expiry"},
      {R"({"topic": "t", "expiry": 1.5})", "expiry"},
      {R"({"topic": "t", "expiry": 4294967296})", "expiry"},
      {R"({"topic": "t", "content_type": 1})", "content_type"},
      {R"({"topic": "t", "content_type": "\u0000"})", "content_type"},
      {R"({"topic": "t", "content_type": ")" + std::string(65536, 'c') + "\"}", "content_type"},
      {R"({"topic": "t", "response_topic": []})", "response_topic"},
      {R"({"topic": "t", "correlation_data": 1})", "correlation_data"},
      {R"({"topic": "t", "correlation_data": ")" + std::string(65536, 'c') + "\"}", "correlation_data"},
      {R"({"topic": "t", "correlation_data_base64": "!"})", "correlation_data_base64"},
      {R"({"topic": "t", "correlation_data_base64": ")" + std::string(87384, 'A') + "\"}", "correlation_data_base64"},
      {R"({"topic": "t", "correlation_data": "c", "correlation_data_base64": "YQ=="})", "correlation_data"},
      {R"({"topic": "t", "user_properties": {"a": "1"}})", "user_properties"},
      {R"({"topic": "t", "user_properties": ["a"]})", "user_properties"},
      {R"({"topic": "t", "user_properties": [["a"]]})", "user_properties"},
      {R"({"topic": "t", "user_properties": [["a", 1]]})", "user_properties"},
      {R"({"topic": "t", "user_properties": [["a", "b", "c"]]})", "user_properties"},
      {R"({"topic": "t", "user_properties": [["a", "\u0000"]]})", "user_properties"},
      {R"({"topic": "t", "user_properties": [[")" + std::string(65536, 'k') + R"(", ""]]})", "user_properties"},
      {R"({"topic": "t", "retained": true})", "retained"},
      {R"({"topic": "t", "message": "m"})", "message"},
  };
  for (const auto& [text, field] : cases) {
    expect_field_error(parse_publish(params_of(text)), Reason::invalid_params, field, text.substr(0, 200));
  }
}

TEST(RetainedGet, ReadsEveryField) {
  const auto defaults = parse_retained_get(params_of(R"({"topic": "a/+"})"));
  ASSERT_TRUE(defaults);
  EXPECT_EQ(defaults->filter, "a/+");
  EXPECT_EQ(defaults->limit, 1000U);
  EXPECT_FALSE(defaults->cursor);
  const auto params = parse_retained_get(params_of(R"({"topic": "#", "limit": 1.0, "cursor": "c"})"));
  ASSERT_TRUE(params);
  EXPECT_EQ(params->limit, 1U);
  EXPECT_EQ(params->cursor, "c");
}

TEST(RetainedGet, NamesTheFieldAtFault) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "topic"},
      {R"({"topic": "a", "limit": 0})", "limit"},
      {R"({"topic": "a", "limit": -1})", "limit"},
      {R"({"topic": "a", "limit": "all"})", "limit"},
      {R"({"topic": "a", "cursor": 5})", "cursor"},
      {R"({"topics": ["a"]})", "topics"},
  };
  for (const auto& [text, field] : cases) {
    expect_field_error(parse_retained_get(params_of(text)), Reason::invalid_params, field, text);
  }
}

TEST(Methods, AreFoundByName) {
  EXPECT_TRUE(std::holds_alternative<ConnectParams>(parse_params("connect", params_of("{}")).value()));
  EXPECT_TRUE(std::holds_alternative<DisconnectParams>(parse_params("disconnect", params_of("{}")).value()));
  EXPECT_TRUE(std::holds_alternative<PingParams>(parse_params("ping", params_of("{}")).value()));
  EXPECT_TRUE(std::holds_alternative<AckParams>(parse_params("ack", params_of(R"({"received": 1})")).value()));
  const Params topic = params_of(R"({"topic": "t"})");
  EXPECT_TRUE(std::holds_alternative<SubscribeParams>(parse_params("subscribe", topic).value()));
  EXPECT_TRUE(std::holds_alternative<UnsubscribeParams>(parse_params("unsubscribe", topic).value()));
  EXPECT_TRUE(std::holds_alternative<PublishParams>(parse_params("publish", topic).value()));
  EXPECT_TRUE(std::holds_alternative<RetainedGetParams>(parse_params("retained.get", topic).value()));
}

TEST(Methods, PassTheirFaultsOn) {
  expect_field_error(parse_params("publish", params_of("{}")), Reason::invalid_params, "topic", "");
}

TEST(Methods, OfOtherNamesAreNotFound) {
  for (const char* name : {"", "Connect", "connect ", "retained", "message", "rpc.discover"}) {
    const auto parsed = parse_params(name, params_of("{}"));
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().reason, Reason::method_not_found) << name;
  }
  EXPECT_EQ(parse_params("publsh", params_of("{}")).error().message, R"(there is no method "publsh")");
}

}  // namespace
}  // namespace lobbyd::api::test
