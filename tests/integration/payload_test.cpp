// Payloads are bytes in MQTT, and strings, JSON or base64 here (api.md, "Payloads").

#include "tests/integration/harness/base64.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class PayloadTest : public BothUpstreamsTest {};
INSTANTIATE_FOR_BOTH_UPSTREAMS(PayloadTest);

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST_P(PayloadTest, EveryJsonValueIsSentAsItsText) {
  auto it = client();
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), 1);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("payload":"text")", "text"},
      {R"("payload":"")", ""},
      {R"("payload":"\u00fc \ud83c\udfae \n\t\"\\")", "ü 🎮 \n\t\"\\"},
      {R"("payload":"nul \u0000 inside")", std::string("nul \0 inside", 12)},
      {R"("payload":{"a": 1, "b" : [true, null, "x"]})", R"({"a":1,"b":[true,null,"x"]})"},
      {R"("payload":{"z":1,"a":2})", R"({"z":1,"a":2})"},
      {R"("payload":{})", "{}"},
      {R"("payload":[1, 2,3])", "[1,2,3]"},
      {R"("payload":[])", "[]"},
      {R"("payload":42)", "42"},
      {R"("payload":-1.5)", "-1.5"},
      {R"("payload":9007199254740991)", "9007199254740991"},
      {R"("payload":true)", "true"},
      {R"("payload":false)", "false"},
      {R"("payload":null)", ""},
      {R"("payload":"null")", "null"},
      {R"("payload_base64":"AAH/")", std::string("\0\x01\xff", 3)},
      {R"("payload_base64":"")", ""},
      {R"("qos":1)", ""},
  };
  int id = 100;
  for (const auto& [field, bytes] : cases) {
    it->send_text(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id) + R"(,"method":"publish","params":{"topic":")" +
                  topic("a") + "\"," + field + "}}");
    const auto answer = it->wait_answer(id);
    EXPECT_TRUE(answer.contains("result")) << field << " " << answer;
    EXPECT_EQ(subscriber->wait_message().payload, bytes) << field;
  }
}

// Godot writes each number as a float.
TEST_P(PayloadTest, IntegralFloatIsANumber) {
  auto it = client();
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), 1);
  it->send_text(R"({"jsonrpc":"2.0","id":900,"method":"publish","params":{"qos":1.0,"topic":")" + topic("a") +
                R"(","payload":7.0}})");
  it->wait_answer(900);
  const auto message = subscriber->wait_message();
  EXPECT_TRUE(message.payload == "7" || message.payload == "7.0") << message.payload;
  EXPECT_EQ(message.qos, 1);
}

TEST_P(PayloadTest, BinaryGoesBothWays) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto subscriber = mqtt();
  subscriber->subscribe(topic("#"), 1);
  const auto bytes = all_bytes();
  it->call("publish", {{"topic", topic("a")}, {"payload_base64", to_base64(bytes)}, {"qos", 1}});
  EXPECT_EQ(subscriber->wait_message().payload, bytes);
  const auto message = it->next_message();
  EXPECT_FALSE(message.contains("payload"));
  EXPECT_EQ(from_base64(message.at("payload_base64").get<std::string>()), bytes);
}

TEST_P(PayloadTest, ReceivedAsStringWhereItIsUtf8) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  const std::vector<std::string> texts = {"",
                                          "plain",
                                          "ü 🎮",
                                          std::string("nul \0 inside", 12),
                                          "\x01\x7f\"\\\b\f\r",
                                          R"({"json":"stays text"})",
                                          "\xef\xbb\xbfwith a byte order mark",
                                          "\xe2\x80\xa8 line separator",
                                          "\xef\xbf\xbf",
                                          "\xf4\x8f\xbf\xbf"};
  for (const auto& text : texts) {
    publisher->publish(topic("a"), text, 1);
    const auto message = it->next_message();
    EXPECT_EQ(message.at("payload").get<std::string>(), text);
    EXPECT_FALSE(message.contains("payload_base64"));
  }
}

TEST_P(PayloadTest, ReceivedAsBase64WhereItIsNot) {
  auto it = client();
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  for (const std::string& bytes :
       std::vector<std::string>{"\xff", "a\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    publisher->publish(topic("a"), bytes, 1);
    const auto message = it->next_message();
    EXPECT_FALSE(message.contains("payload")) << message;
    EXPECT_EQ(from_base64(message.at("payload_base64").get<std::string>()), bytes);
  }
}

TEST_P(PayloadTest, Base64ConnectionAlwaysGetsBase64) {
  auto it = client({{"payloads", "base64"}});
  auto plain = client({{"payloads", "auto"}});
  for (auto* subscriber : {it.get(), plain.get()}) subscriber->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  auto publisher = mqtt();
  for (const std::string& text : std::vector<std::string>{"", "a", "ab", "abc", "ü", "\xff"}) {
    publisher->publish(topic("a"), text, 1);
    const auto message = it->next_message();
    EXPECT_FALSE(message.contains("payload")) << message;
    EXPECT_EQ(from_base64(message.at("payload_base64").get<std::string>()), text);
    EXPECT_EQ(plain->next_message().contains("payload"), text != "\xff") << "another client's choice is its own";
  }
  publisher->publish(topic("kept"), "text", 1, true);
  auto late = client({{"payloads", "base64"}});
  late->call("subscribe", {{"topic", topic("kept")}});
  EXPECT_EQ(late->next_message().at("payload_base64"), to_base64("text")) << "retained ones, too";
  const auto got = late->call("retained.get", {{"topic", topic("kept")}});
  EXPECT_EQ(got.at("messages").at(0).at("payload_base64"), to_base64("text"));
}

TEST_P(PayloadTest, BadPayloadsAreRefused) {
  auto it = client();
  const auto refused = [&](Json params) {
    params["topic"] = topic("a");
    return it->refused("publish", params);
  };
  EXPECT_TRUE(is_error(refused({{"payload", "x"}, {"payload_base64", "eA=="}}), 400, "bad_payload"));
  for (const auto* text : {"%", "a", "AAH_", "AA H/", "AAH/\n", "=", "AA=A"}) {
    EXPECT_TRUE(is_error(refused({{"payload_base64", text}}), 400, "bad_payload")) << text;
  }
  EXPECT_TRUE(is_error(refused({{"payload_base64", 7}}), -32602, {}));
}

TEST_P(PayloadTest, LargePayloadsGoBothWays) {
  auto it = client({{"max_message_bytes", 1'000'000}});
  it->call("subscribe", {{"topic", topic("#")}, {"qos", 1}});
  const std::string up(60'000, 'u');
  it->call("publish", {{"topic", topic("up")}, {"payload", up}, {"qos", 1}});
  EXPECT_EQ(it->next_message().at("payload").get<std::string>(), up);
  const std::string down(300'000, 'd');
  mqtt()->publish(topic("down"), down, 1);
  EXPECT_EQ(it->next_message().at("payload").get<std::string>(), down);
}

}  // namespace
}  // namespace lobbyd::integration
