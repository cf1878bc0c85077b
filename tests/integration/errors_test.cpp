// JSON-RPC: requests, answers, batches and every error of the protocol (api.md, "Transport" and "Errors").

#include "tests/integration/harness/close_codes.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class ErrorsTest : public SharedStackTest {
 protected:
  void SetUp() override {
    SharedStackTest::SetUp();
    it_ = client();
  }
  RpcClient& it() { return *it_; }

  // The error, whose id is null, that answers this frame.
  RpcError error_without_id(const std::string& text) {
    it_->send_text(text);
    const auto frame = it_->wait_unmatched();
    EXPECT_TRUE(frame.is_object() && frame.contains("id") && frame.at("id").is_null()) << frame;
    EXPECT_EQ(frame.at("jsonrpc"), "2.0");
    const auto& error = frame.at("error");
    return {error.at("code").get<std::int64_t>(), error.at("message").get<std::string>(), error.value("data", Json())};
  }

 private:
  std::unique_ptr<RpcClient> it_;
};

RpcError error_of(const Json& answer) {
  const auto& error = answer.at("error");
  return {error.at("code").get<std::int64_t>(), error.at("message").get<std::string>(), error.value("data", Json())};
}

TEST_F(ErrorsTest, WhatIsNotJsonIsAParseError) {
  // Nine, since the tenth fault of this kind ends the connection.
  const std::vector<std::string> texts = {
      "",
      "nonsense",
      "{",
      R"({"jsonrpc":"2.0",})",
      R"({"jsonrpc":"2.0","id":1,"method":"ping"} extra)",
      R"({'jsonrpc':'2.0'})",
      R"({"a":"\ud800"})",
      "{\"a\":\"line\nbreak\"}",
      "[1,2",
  };
  for (const auto& text : texts) EXPECT_TRUE(is_error(error_without_id(text), -32700, "parse_error")) << text;
  it().call("ping");
}

TEST_F(ErrorsTest, OtherThingsThatAreNotJsonAreParseErrors) {
  const std::vector<std::string> texts = {
      "NaN", R"({"a":01})", R"({"a":+1})", R"({"a":.5})", "undefined", std::string("{\"a\":\"\0\"}", 9), "// comment",
  };
  for (const auto& text : texts) EXPECT_TRUE(is_error(error_without_id(text), -32700, "parse_error")) << text;
  it().call("ping");
}

TEST_F(ErrorsTest, NestingIsBounded) {
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_TRUE(is_error(error_without_id(deep), -32700, "parse_error"));
  it().call("ping");
}

TEST_F(ErrorsTest, WhatIsNotARequestIsAnInvalidRequest) {
  const std::vector<std::string> texts = {
      "1",
      R"("ping")",
      "null",
      "{}",
      "[]",
      R"({"method":"ping"})",
      R"({"jsonrpc":"1.0","method":"ping"})",
      R"({"jsonrpc":2.0,"method":"ping"})",
      R"({"jsonrpc":"2.0","method":7})",
  };
  for (const auto& text : texts) EXPECT_TRUE(is_error(error_without_id(text), -32600, "invalid_request")) << text;
  it().call("ping");
}

TEST_F(ErrorsTest, IdsThatAreNoneAreInvalidRequests) {
  for (const auto* id : {"[]", "{}", "true", "1.5", "1e300"}) {
    const auto text = std::string(R"({"jsonrpc":"2.0","method":"ping","id":)") + id + "}";
    EXPECT_TRUE(is_error(error_without_id(text), -32600, "invalid_request")) << text;
  }
}

TEST_F(ErrorsTest, InvalidRequestWithAnIdIsAnsweredToIt) {
  it().send_text(R"({"jsonrpc":"1.0","method":"ping","id":"mine"})");
  EXPECT_TRUE(is_error(error_of(it().wait_answer("mine")), -32600, "invalid_request"));
  it().send_text(R"({"jsonrpc":"2.0","id":41})");
  EXPECT_TRUE(is_error(error_of(it().wait_answer(41)), -32600, "invalid_request"));
}

TEST_F(ErrorsTest, IdsAreEchoed) {
  const auto ping = [&](const std::string& id) {
    it().send_text(R"({"jsonrpc":"2.0","method":"ping","id":)" + id + "}");
    return it().wait_answer(Json::parse(id)).contains("result");
  };
  EXPECT_TRUE(ping("0"));
  EXPECT_TRUE(ping("-5"));
  EXPECT_TRUE(ping("9007199254740991"));
  EXPECT_TRUE(ping(R"("")"));
  EXPECT_TRUE(ping(R"("a string")"));
  EXPECT_TRUE(ping(R"("ü\u0000\"")"));
}

TEST_F(ErrorsTest, IntegralFloatIdsAreAnsweredAsIntegers) {
  it().send_text(R"({"jsonrpc":"2.0","method":"ping","id":17.0})");
  EXPECT_TRUE(it().wait_answer(17).contains("result"));
  EXPECT_FALSE(it().received().back().contains("17.0")) << it().received().back();
}

TEST_F(ErrorsTest, UnknownMethodsAreNotFound) {
  for (const auto* method : {"nothing", "", "Ping", "ping ", "publish.now", "rpc.discover", "__proto__"}) {
    EXPECT_TRUE(is_error(it().refused(method), -32601, "method_not_found")) << method;
  }
}

TEST_F(ErrorsTest, UnknownMethodsAreNoFaultsOfTheProtocol) {
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(is_error(it().refused("nothing"), -32601, "method_not_found"));
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(is_error(it().refused("ping", {{"x", 1}}), -32602, "invalid_params"));
  it().call("ping");
}

TEST_F(ErrorsTest, ParamsGoByName) {
  for (const auto* params : {"[]", R"(["a","b"])", R"("a")", "7", "true"}) {
    it().send_text(R"({"jsonrpc":"2.0","id":500,"method":"ping","params":)" + std::string(params) + "}");
    const auto error = error_of(it().wait_answer(500));
    EXPECT_TRUE(error.code == -32602 || error.code == -32600) << params << ": " << error.code;
  }
}

TEST_F(ErrorsTest, UnknownFieldsAreNamed) {
  const std::vector<std::pair<std::string, Json>> requests = {
      {"ping", Json::object()},
      {"subscribe", {{"topic", topic("a")}}},
      {"unsubscribe", {{"topic", topic("a")}}},
      {"publish", {{"topic", topic("a")}, {"payload", "x"}}},
      {"retained.get", {{"topic", topic("a")}}},
      {"disconnect", Json::object()},
  };
  for (const auto& [method, params] : requests) {
    for (const auto* field : {"retian", "", "Topic", "constructor"}) {
      auto wrong = params;
      wrong[field] = true;
      const auto error = it().refused(method, wrong);
      EXPECT_TRUE(is_error(error, -32602, "invalid_params")) << method << " " << field;
      EXPECT_TRUE(error.message.contains(field)) << error.message;
    }
  }
  EXPECT_TRUE(is_error(it().refused("unsubscribe", {{"topic", topic("a")}}), 404, "not_found"))
      << "nothing of a refused request is done";
}

TEST_F(ErrorsTest, WrongTypesAndMissingFieldsAreNamed) {
  const std::vector<std::tuple<std::string, Json, std::string>> requests = {
      {"subscribe", Json::object(), "topic"},
      {"subscribe", {{"topic", 7}}, "topic"},
      {"subscribe", {{"topic", nullptr}}, "topic"},
      {"subscribe", {{"topics", "a"}}, "topics"},
      {"subscribe", {{"topics", Json::array()}}, "topics"},
      {"subscribe", {{"topics", Json::array({1})}}, "topics"},
      {"subscribe", {{"topic", "a"}, {"topics", Json::array({"b"})}}, "topic"},
      {"subscribe", {{"topic", "a"}, {"qos", 3}}, "qos"},
      {"subscribe", {{"topic", "a"}, {"qos", -1}}, "qos"},
      {"subscribe", {{"topic", "a"}, {"qos", 0.5}}, "qos"},
      {"subscribe", {{"topic", "a"}, {"qos", "1"}}, "qos"},
      {"subscribe", {{"topic", "a"}, {"qos", true}}, "qos"},
      {"subscribe", {{"topic", "a"}, {"retained", "yes"}}, "retained"},
      {"subscribe", {{"topic", "a"}, {"retained", 1}}, "retained"},
      {"subscribe", {{"topic", "a"}, {"delivery", "newest"}}, "delivery"},
      {"subscribe", {{"topic", "a"}, {"delivery", true}}, "delivery"},
      {"subscribe", {{"topic", "a"}, {"no_local", 0}}, "no_local"},
      {"unsubscribe", Json::object(), "topic"},
      {"unsubscribe", {{"topic", Json::array({"a"})}}, "topic"},
      {"unsubscribe", {{"topics", Json::array()}}, "topics"},
      {"publish", {{"payload", "x"}}, "topic"},
      {"publish", {{"topic", 1}, {"payload", "x"}}, "topic"},
      {"publish", {{"topic", "a"}, {"qos", 3}}, "qos"},
      {"publish", {{"topic", "a"}, {"qos", 1.5}}, "qos"},
      {"publish", {{"topic", "a"}, {"qos", 1e100}}, "qos"},
      {"publish", {{"topic", "a"}, {"retain", "true"}}, "retain"},
      {"publish", {{"topic", "a"}, {"payload_base64", 1}}, "payload_base64"},
      {"publish", {{"topic", "a"}, {"expiry", "60"}}, "expiry"},
      {"publish", {{"topic", "a"}, {"expiry", -1}}, "expiry"},
      {"publish", {{"topic", "a"}, {"expiry", 1e10}}, "expiry"},
      {"publish", {{"topic", "a"}, {"key", 7}}, "key"},
      {"publish", {{"topic", "a"}, {"content_type", 7}}, "content_type"},
      {"publish", {{"topic", "a"}, {"response_topic", false}}, "response_topic"},
      {"publish", {{"topic", "a"}, {"correlation_data", 7}}, "correlation_data"},
      {"publish", {{"topic", "a"}, {"user_properties", {{"k", "v"}}}}, "user_properties"},
      {"publish", {{"topic", "a"}, {"user_properties", Json::array({"k", "v"})}}, "user_properties"},
      {"publish", {{"topic", "a"}, {"user_properties", Json::array({Json::array({"k"})})}}, "user_properties"},
      {"publish", {{"topic", "a"}, {"user_properties", Json::array({Json::array({"k", 1})})}}, "user_properties"},
      {"retained.get", {{"topic", "a"}, {"limit", -1}}, "limit"},
      {"disconnect", {{"will", "yes"}}, "will"},
  };
  for (const auto& [method, params, field] : requests) {
    const auto error = it().refused(method, params);
    EXPECT_TRUE(is_error(error, -32602, "invalid_params")) << method << " " << params;
    EXPECT_TRUE(error.message.contains(field)) << method << " " << params << ": " << error.message;
  }
}

TEST_F(ErrorsTest, FireAndForgetIsCarriedOutWithoutAnswer) {
  it().notify("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  it().notify("publish", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}});
  EXPECT_EQ(it().next_message().at("payload"), "x");
  it().notify("ping");
  it().call("ping");
  EXPECT_EQ(it().received().size(), 3U) << "connect's and ping's answers, and the message";
}

TEST_F(ErrorsTest, FireAndForgetFaultsAreNotAnswered) {
  it().notify("nothing");
  it().notify("publish", {{"topic", "a/#"}});
  it().notify("publish", {{"topic", "lobby/a"}});
  it().notify("publish", {{"topci", "a"}});
  it().notify("unsubscribe", {{"topic", topic("never")}});
  it().notify("connect");
  it().call("ping");
  EXPECT_EQ(it().received().size(), 2U) << "connect's and ping's answers alone";
}

TEST_F(ErrorsTest, ResultsSentByAClientAreNotRequests) {
  it().send_text(R"({"jsonrpc":"2.0","id":77,"result":{}})");
  EXPECT_TRUE(is_error(error_of(it().wait_answer(77)), -32600, "invalid_request"));
}

TEST_F(ErrorsTest, BatchIsAnsweredAsABatch) {
  it().send({{{"jsonrpc", "2.0"}, {"id", 901}, {"method", "ping"}},
             {{"jsonrpc", "2.0"}, {"method", "ping"}},
             {{"jsonrpc", "2.0"}, {"id", "902"}, {"method", "nothing"}},
             7,
             {{"jsonrpc", "2.0"}, {"id", 903}, {"method", "ping"}}});
  const auto answers = it().wait_unmatched();
  ASSERT_TRUE(answers.is_array()) << answers;
  ASSERT_EQ(answers.size(), 4U);
  const auto answer_to = [&](const Json& id) {
    for (const auto& answer : answers) {
      if (answer.at("id") == id) return answer;
    }
    return Json();
  };
  EXPECT_TRUE(answer_to(901).contains("result"));
  EXPECT_EQ(answer_to("902").at("error").at("code"), -32601);
  EXPECT_TRUE(answer_to(903).contains("result"));
  EXPECT_EQ(answer_to(nullptr).at("error").at("code"), -32600);
}

TEST_F(ErrorsTest, BatchOfOneIsABatch) {
  it().send(Json::array({{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "ping"}}}));
  const auto answers = it().wait_unmatched();
  ASSERT_TRUE(answers.is_array());
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(ErrorsTest, BatchOfFireAndForgetIsNotAnswered) {
  it().send(Json::array({{{"jsonrpc", "2.0"}, {"method", "ping"}}, {{"jsonrpc", "2.0"}, {"method", "nothing"}}}));
  it().call("ping");
  EXPECT_EQ(it().received().size(), 2U);
}

TEST_F(ErrorsTest, EmptyBatchIsOneError) {
  EXPECT_TRUE(is_error(error_without_id("[]"), -32600, "invalid_request"));
}

TEST_F(ErrorsTest, BatchOfGarbageIsABatchOfErrors) {
  it().send_text("[1,2,3]");
  const auto answers = it().wait_unmatched();
  ASSERT_TRUE(answers.is_array());
  EXPECT_EQ(answers.size(), 3U);
  for (const auto& answer : answers) EXPECT_TRUE(is_error(error_of(answer), -32600, "invalid_request"));
}

TEST_F(ErrorsTest, BatchesMayConnectAndNotificationsStandAlone) {
  RpcClient other(listen());
  other.send({{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "connect"}},
              {{"jsonrpc", "2.0"}, {"id", 2}, {"method", "subscribe"}, {"params", {{"topic", topic("a")}}}},
              {{"jsonrpc", "2.0"},
               {"id", 3},
               {"method", "publish"},
               {"params", {{"topic", topic("a")}, {"payload", "x"}, {"qos", 1}}}}});
  // Connect's answer may stand in an array of its own, since no notification comes before it.
  Json answers = Json::array();
  while (answers.size() < 3) {
    for (const auto& answer : other.wait_unmatched()) answers.push_back(answer);
  }
  EXPECT_EQ(answers.at(0).at("id"), 1);
  for (const auto& answer : answers) EXPECT_TRUE(answer.contains("result")) << answer;
  EXPECT_EQ(other.next_message().at("payload"), "x");
  for (const auto& text : other.received()) {
    const auto frame = Json::parse(text);
    if (!frame.is_array()) continue;
    for (const auto& element : frame) EXPECT_FALSE(element.contains("method")) << "a notification in an array";
  }
}

TEST_F(ErrorsTest, NineFaultsAreForgivenTheTenthCloses) {
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(is_error(error_without_id("nonsense"), -32700, "parse_error"));
  it().call("ping");
  it().send_text("nonsense");
  EXPECT_TRUE(is_closing(it().wait_closed(), 4400));
}

TEST_F(ErrorsTest, FaultsBeforeConnectCountAsWell) {
  RpcClient other(listen());
  for (int i = 0; i < 10; ++i) other.send_text("{}");
  EXPECT_TRUE(is_closing(other.wait_closed(), 4400));
}

TEST_F(ErrorsTest, ErrorsHoldNoInternals) {
  for (const auto& error : {it().refused("nothing"), it().refused("publish", {{"topic", 1}}),
                            it().refused("subscribe", {{"topic", "a/#/b"}}), error_without_id("nonsense")}) {
    for (const auto* internal : {"nlohmann", "json.exception", ".cpp", ".hpp", "std::", "0x"}) {
      EXPECT_FALSE(error.message.contains(internal)) << error.message;
    }
  }
}

}  // namespace
}  // namespace lobbyd::integration
