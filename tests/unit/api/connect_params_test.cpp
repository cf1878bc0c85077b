#include "tests/unit/api/expectations.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::api::test {
namespace {

using std::chrono::seconds;

ConnectParams connect(std::string_view text) {
  auto parsed = parse_connect(params_of(text));
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(ConnectParams());
}

TEST(Connect, HasDefaults) {
  const ConnectParams params = connect("{}");
  EXPECT_FALSE(params.client_id || params.token || params.broker || params.username || params.password);
  EXPECT_FALSE(params.will || params.session || params.resume);
  EXPECT_EQ(params.payloads, PayloadForm::automatic);
  EXPECT_EQ(params.max_message_bytes, 65535U);
  EXPECT_TRUE(params.takeover);
}

TEST(Connect, ReadsEveryField) {
  const ConnectParams params = connect(R"({
    "client_id": "ada:1", "token": "t", "broker": "tcp://localhost:1883", "username": "u", "password": "p\u0000",
    "will": {"topic": "w", "payload": "gone", "qos": 1, "retain": true, "delay": 5},
    "session": {"expiry": 60}, "resume": {"secret": "s", "received": 12},
    "payloads": "base64", "max_message_bytes": 1000000, "takeover": false})");
  EXPECT_EQ(params.client_id, "ada:1");
  EXPECT_EQ(params.token, "t");
  EXPECT_EQ(params.broker, "tcp://localhost:1883");
  EXPECT_EQ(params.username, "u");
  EXPECT_EQ(params.password, std::string("p\0", 2));
  ASSERT_TRUE(params.will);
  EXPECT_EQ(params.will->topic, "w");
  EXPECT_EQ(params.will->payload, "gone");
  EXPECT_EQ(params.will->qos, 1);
  EXPECT_TRUE(params.will->retain);
  EXPECT_EQ(params.will->delay, seconds(5));
  ASSERT_TRUE(params.session);
  EXPECT_EQ(params.session->expiry, seconds(60));
  ASSERT_TRUE(params.resume);
  EXPECT_EQ(params.resume->secret, "s");
  EXPECT_EQ(params.resume->received, 12U);
  EXPECT_EQ(params.payloads, PayloadForm::base64);
  EXPECT_EQ(params.max_message_bytes, 1000000U);
  EXPECT_FALSE(params.takeover);
}

TEST(Connect, ReadsWhatGodotWrites) {
  const ConnectParams params = connect(R"({"max_message_bytes": 1048576.0, "session": {"expiry": 30.0},
    "will": {"topic": "w", "qos": 2.0, "delay": 0.0}, "resume": {"secret": "s", "received": 1.0}})");
  EXPECT_EQ(params.max_message_bytes, 1048576U);
  EXPECT_EQ(params.session->expiry, seconds(30));
  EXPECT_EQ(params.will->qos, 2);
  EXPECT_EQ(params.resume->received, 1U);
}

TEST(Connect, TakesNullAsAbsent) {
  const ConnectParams params = connect(R"({"client_id": null, "token": null, "broker": null, "username": null,
    "password": null, "will": null, "session": null, "resume": null, "payloads": null, "max_message_bytes": null,
    "takeover": null})");
  EXPECT_FALSE(params.client_id || params.will || params.session || params.resume);
  EXPECT_EQ(params.max_message_bytes, 65535U);
  EXPECT_TRUE(params.takeover);
}

TEST(Connect, GivesAWillDefaults) {
  const ConnectParams params = connect(R"({"will": {"topic": "w"}, "resume": {"secret": "s"}})");
  EXPECT_EQ(params.will->payload, "");
  EXPECT_EQ(params.will->qos, 0);
  EXPECT_FALSE(params.will->retain);
  EXPECT_EQ(params.will->delay, seconds(0));
  EXPECT_EQ(params.resume->received, 0U);
}

TEST(Connect, TakesPayloadsOfWillsInEveryForm) {
  EXPECT_EQ(connect(R"({"will": {"topic": "w", "payload_base64": "/w=="}})").will->payload, "\xff");
  EXPECT_EQ(connect(R"({"will": {"topic": "w", "payload": {"b": 1.0, "a": [2]}}})").will->payload,
            R"({"b":1,"a":[2]})");
}

TEST(Connect, NamesTheFieldAtFault) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"client_id": 1})", "client_id"},
      {R"({"token": {}})", "token"},
      {R"({"broker": 5})", "broker"},
      {R"({"username": true})", "username"},
      {R"({"username": "a\u0000"})", "username"},
      {R"({"password": []})", "password"},
      {R"({"will": "w"})", "will"},
      {R"({"will": []})", "will"},
      {R"({"will": {}})", "will.topic"},
      {R"({"will": {"topic": 1}})", "will.topic"},
      {R"({"will": {"topic": null}})", "will.topic"},
      {R"({"will": {"topic": "w", "qos": 3}})", "will.qos"},
      {R"({"will": {"topic": "w", "retain": 1}})", "will.retain"},
      {R"({"will": {"topic": "w", "delay": -1}})", "will.delay"},
      {R"({"will": {"topic": "w", "delay": 4294967296}})", "will.delay"},
      {R"({"will": {"topic": "w", "delay": 0.5}})", "will.delay"},
      {R"({"will": {"topic": "w", "payload_base64": 5}})", "will.payload_base64"},
      {R"({"will": {"topic": "w", "message": "m"}})", "will.message"},
      {R"({"session": 30})", "session"},
      {R"({"session": {}})", "session.expiry"},
      {R"({"session": {"expiry": "30"}})", "session.expiry"},
      {R"({"session": {"expiry": 30, "secret": "s"}})", "session.secret"},
      {R"({"resume": "s"})", "resume"},
      {R"({"resume": {"received": 1}})", "resume.secret"},
      {R"({"resume": {"secret": "s", "received": -1}})", "resume.received"},
      {R"({"resume": {"secret": "s", "received": 9007199254740993}})", "resume.received"},
      {R"({"payloads": "text"})", "payloads"},
      {R"({"payloads": 1})", "payloads"},
      {R"({"max_message_bytes": 1023})", "max_message_bytes"},
      {R"({"max_message_bytes": 4294967296})", "max_message_bytes"},
      {R"({"max_message_bytes": "64k"})", "max_message_bytes"},
      {R"({"takeover": "yes"})", "takeover"},
      {R"({"clientid": "x"})", "clientid"},
  };
  for (const auto& [text, field] : cases) {
    expect_field_error(parse_connect(params_of(text)), Reason::invalid_params, field, text);
  }
}

TEST(Connect, TakesTheSmallestAndLargestFrames) {
  EXPECT_EQ(connect(R"({"max_message_bytes": 1024})").max_message_bytes, 1024U);
  EXPECT_EQ(connect(R"({"max_message_bytes": 4294967295})").max_message_bytes, 4294967295U);
}

TEST(Connect, RefusesClientIdsWithOtherCharacters) {
  const std::string longest(64, 'x');
  for (const std::string& good : {std::string("a"), std::string("Ada_1.:@-z9"), longest}) {
    EXPECT_EQ(connect(Json{{"client_id", good}}.dump()).client_id, good);
  }
  for (const std::string& bad : {std::string(), longest + "x", std::string("a b"), std::string("a/b"),
                                 std::string("a+"), std::string("#"), std::string("\u00fc"), std::string("a\0", 2)}) {
    const std::string text = Json{{"client_id", bad}}.dump();
    expect_field_error(parse_connect(params_of(text)), Reason::bad_name, "client_id", text);
  }
}

TEST(Connect, RefusesBadPayloadsOfWills) {
  for (const char* text : {R"({"will": {"topic": "w", "payload": "a", "payload_base64": "YQ=="}})",
                           R"({"will": {"topic": "w", "payload_base64": "a b"}})"}) {
    const auto parsed = parse_connect(params_of(text));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().reason, Reason::bad_payload) << text;
  }
}

TEST(Disconnect, ReadsWhetherToPublishTheWill) {
  EXPECT_FALSE(parse_disconnect(params_of("{}"))->will);
  EXPECT_FALSE(parse_disconnect(params_of(R"({"will": false})"))->will);
  EXPECT_TRUE(parse_disconnect(params_of(R"({"will": true})"))->will);
  expect_field_error(parse_disconnect(params_of(R"({"will": 1})")), Reason::invalid_params, "will", "");
  expect_field_error(parse_disconnect(params_of(R"({"reason": ""})")), Reason::invalid_params, "reason", "");
}

TEST(Ping, TakesNothing) {
  EXPECT_TRUE(parse_ping(params_of("{}")));
  expect_field_error(parse_ping(params_of(R"({"time": 1})")), Reason::invalid_params, "time", "");
}

TEST(Ack, TellsHowMuchWasReceived) {
  EXPECT_EQ(parse_ack(params_of(R"({"received": 12.0})"))->received, 12U);
  for (const char* text : {"{}", R"({"received": -1})", R"({"received": "1"})", R"({"received": 9007199254740993})"}) {
    expect_field_error(parse_ack(params_of(text)), Reason::invalid_params, "received", text);
  }
  expect_field_error(parse_ack(params_of(R"({"received": 1, "secret": ""})")), Reason::invalid_params, "secret", "");
}

}  // namespace
}  // namespace lobbyd::api::test
