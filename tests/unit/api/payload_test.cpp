#include "tests/unit/api/expectations.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lobbyd::api::test {
namespace {

std::expected<std::string, Error> payload_of(const std::string& fields) {
  auto params = parse_publish(params_of(R"({"topic": "t")" + fields + "}"));
  if (!params) {
    return std::unexpected(std::move(params).error());
  }
  return std::move(params->payload);
}

TEST(Payload, IsTheTextOrTheJson) {
  const std::pair<const char*, std::string> cases[] = {
      {"", ""},
      {R"(, "payload": null)", ""},
      {R"(, "payload": "")", ""},
      {R"(, "payload": "Bingo!")", "Bingo!"},
      {R"(, "payload": "\u00fc\u0000\ud83c\udfae")", std::string("\u00fc\0\U0001F3AE", 7)},
      {R"(, "payload": "1.0")", "1.0"},
      {R"(, "payload": 0)", "0"},
      {R"(, "payload": 1.0)", "1"},
      {R"(, "payload": -12.50)", "-12.5"},
      {R"(, "payload": 0.1)", "0.1"},
      {R"(, "payload": 9007199254740993)", "9007199254740993"},
      {R"(, "payload": true)", "true"},
      {R"(, "payload": false)", "false"},
      {R"(, "payload": [])", "[]"},
      {R"(, "payload": {})", "{}"},
      {R"(, "payload": [1, "a", null, {"b": 2.0}])", R"([1,"a",null,{"b":2}])"},
      {R"(, "payload": {"z": 1, "a": {"y": "\u00fc\n", "b": []}})", "{\"z\":1,\"a\":{\"y\":\"\u00fc\\n\",\"b\":[]}}"},
  };
  for (const auto& [fields, bytes] : cases) {
    const auto payload = payload_of(fields);
    ASSERT_TRUE(payload) << fields;
    EXPECT_EQ(*payload, bytes) << fields;
  }
}

TEST(Payload, IsWhatBase64StandsFor) {
  const std::pair<const char*, std::string> cases[] = {
      {R"(, "payload_base64": "")", ""},
      {R"(, "payload_base64": "AP+A")", std::string("\0\xff\x80", 3)},
      {R"(, "payload_base64": "Zg==")", "f"},
      {R"(, "payload_base64": "Zg")", "f"},
      {R"(, "payload": null, "payload_base64": "Zm9v")", "foo"},
      {R"(, "payload": "foo", "payload_base64": null)", "foo"},
  };
  for (const auto& [fields, bytes] : cases) {
    const auto payload = payload_of(fields);
    ASSERT_TRUE(payload) << fields;
    EXPECT_EQ(*payload, bytes) << fields;
  }
}

TEST(Payload, IsBadWhereItCannotBeRead) {
  const char* cases[] = {
      R"(, "payload": "", "payload_base64": "")",
      R"(, "payload": "foo", "payload_base64": "Zm9v")",
      R"(, "payload": false, "payload_base64": "Zm9v")",
      R"(, "payload_base64": "Zm9v\n")",
      R"(, "payload_base64": "Zm-_")",
      R"(, "payload_base64": "Z")",
      R"(, "payload_base64": "hello world")",
  };
  for (const char* fields : cases) {
    expect_field_error(payload_of(fields), Reason::bad_payload, "payload_base64", fields);
  }
}

}  // namespace
}  // namespace lobbyd::api::test
