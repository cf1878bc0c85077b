#include "protocol/api/message_writer.hpp"

#include "protocol/api/base64.hpp"
#include "protocol/api/json.hpp"
#include "protocol/websocket/utf8.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace lobbyd::api {
namespace {

using namespace std::string_literals;

std::string object_of(const MessageView& message, PayloadForm form = PayloadForm::automatic) {
  std::string text;
  append_message_object(text, message, form);
  return text;
}

TEST(MessageWriter, WritesThePlainCase) {
  EXPECT_EQ(object_of({.topic = "godot/abcd", .payload = "Bingo!"}),
            R"({"topic":"godot/abcd","payload":"Bingo!","qos":0})");
}

TEST(MessageWriter, WritesEveryField) {
  const std::pair<std::string_view, std::string_view> properties[] = {{"a", "1"}, {"a", "2"}, {"", ""}};
  const MessageView message{.topic = "t",
                            .payload = "p",
                            .qos = 2,
                            .retain = true,
                            .expiry = 4294967295,
                            .content_type = "text/plain",
                            .response_topic = "r",
                            .correlation_data = "c",
                            .user_properties = properties};
  EXPECT_EQ(object_of(message),
            R"({"topic":"t","payload":"p","qos":2,"retain":true,"expiry":4294967295,"content_type":"text/plain",)"
            R"("response_topic":"r","correlation_data":"c","user_properties":[["a","1"],["a","2"],["",""]]})");
}

TEST(MessageWriter, WritesFieldsThatAreSetButEmpty) {
  EXPECT_EQ(object_of({.topic = "", .payload = "", .expiry = 0, .content_type = "", .correlation_data = ""}),
            R"({"topic":"","payload":"","qos":0,"expiry":0,"content_type":"","correlation_data":""})");
}

TEST(MessageWriter, WritesBytesThatAreNotUtf8InBase64) {
  EXPECT_EQ(object_of({.topic = "t", .payload = "\xff\xfe", .correlation_data = "\x80"}),
            R"({"topic":"t","payload_base64":"//4=","qos":0,"correlation_data_base64":"gA=="})");
}

TEST(MessageWriter, WritesBase64WhereItIsAskedFor) {
  EXPECT_EQ(object_of({.topic = "t", .payload = "foo", .correlation_data = "c"}, PayloadForm::base64),
            R"({"topic":"t","payload_base64":"Zm9v","qos":0,"correlation_data":"c"})");
  EXPECT_EQ(object_of({.topic = "t", .payload = ""}, PayloadForm::base64),
            R"({"topic":"t","payload_base64":"","qos":0})");
}

TEST(MessageWriter, EscapesWhatJsonDoesNotAllow) {
  EXPECT_EQ(
      object_of({.topic = "a\"b", .payload = "\0\x01\x1f\n\\\x7f"s, .content_type = "\t"}),
      "{\"topic\":\"a\\\"b\",\"payload\":\"\\u0000\\u0001\\u001f\\n\\\\\x7f\",\"qos\":0,\"content_type\":\"\\t\"}");
}

TEST(MessageWriter, WrapsTheObjectIntoANotification) {
  std::string text = "before";
  append_message_notification(text, {.topic = "t", .payload = "p", .qos = 1}, PayloadForm::automatic);
  EXPECT_EQ(text, R"(before{"jsonrpc":"2.0","method":"message","params":{"topic":"t","payload":"p","qos":1}})");
}

TEST(MessageWriter, AppendsSeveralObjects) {
  std::string text = "[";
  append_message_object(text, {.topic = "a", .payload = "1"}, PayloadForm::automatic);
  text += ',';
  append_message_object(text, {.topic = "b", .payload = "2"}, PayloadForm::automatic);
  EXPECT_EQ(text, R"([{"topic":"a","payload":"1","qos":0},{"topic":"b","payload":"2","qos":0})");
}

class RandomMessages : public testing::Test {
 protected:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string text() {
    const std::string pieces[] = {"a",   "b/c",    "\"",     "\\",         "\n",   "\x01",
                                  "\0"s, "\u00fc", "\u20ac", "\U0001F3AE", "\x7f", "plain"};
    std::string result;
    for (std::size_t count = below(12); count > 0; --count) {
      result += pieces[below(std::size(pieces))];
    }
    return result;
  }

  std::string bytes() {
    std::string result = text();
    if (below(3) == 0) {
      result += static_cast<char>(below(256));
    }
    return result;
  }

  bool coin() { return below(2) == 0; }

 private:
  std::mt19937 random_{20240229};
};

TEST_F(RandomMessages, AreReadBackAsTheyWere) {
  for (int round = 0; round < 5000; ++round) {
    const std::string topic = text(), payload = bytes(), type = text(), response = text(), correlation = bytes();
    const std::string key = text(), value = text();
    const std::pair<std::string_view, std::string_view> property(key, value);
    MessageView message{
        .topic = topic, .payload = payload, .qos = static_cast<std::uint8_t>(below(3)), .retain = coin()};
    Json expected{{"topic", topic}};
    const PayloadForm form = coin() ? PayloadForm::automatic : PayloadForm::base64;
    if (form == PayloadForm::automatic && websocket::is_valid_utf8(payload)) {
      expected["payload"] = payload;
    } else {
      expected["payload_base64"] = encode_base64(payload);
    }
    expected["qos"] = message.qos;
    if (message.retain) {
      expected["retain"] = true;
    }
    if (coin()) {
      message.expiry = static_cast<std::uint32_t>(below(100000));
      expected["expiry"] = *message.expiry;
    }
    if (coin()) {
      message.content_type = type;
      expected["content_type"] = type;
    }
    if (coin()) {
      message.response_topic = response;
      expected["response_topic"] = response;
    }
    if (coin()) {
      message.correlation_data = correlation;
      const bool utf8 = websocket::is_valid_utf8(correlation);
      expected[utf8 ? "correlation_data" : "correlation_data_base64"] = utf8 ? correlation : encode_base64(correlation);
    }
    if (coin()) {
      message.user_properties = std::span(&property, 1);
      expected["user_properties"] = Json::array({Json::array({key, value})});
    }
    const std::string written = object_of(message, form);
    ASSERT_EQ(Json::parse(written), expected) << written;
    ASSERT_EQ(written, expected.dump());
  }
}

}  // namespace
}  // namespace lobbyd::api
