#include "protocol/api/envelope.hpp"
#include "tests/unit/api/expectations.hpp"

#include <gtest/gtest.h>

#include <string>

// The words of the errors about fields, and that they stay small.
namespace lobbyd::api::test {
namespace {

std::string publish_fault(std::string_view text) {
  const auto parsed = parse_publish(params_of(text));
  return parsed ? "no fault" : parsed.error().message;
}

TEST(FieldFaults, SayWhatWasWrongAndWhatWouldBeRight) {
  EXPECT_EQ(publish_fault(R"({"topic": "t", "qos": 5})"), R"("qos" must be 0, 1 or 2, not 5)");
  EXPECT_EQ(publish_fault(R"({"topic": "t", "qos": "high"})"), R"("qos" must be 0, 1 or 2, not "high")");
  EXPECT_EQ(publish_fault(R"({"topic": "t", "qos": 1.5})"), R"("qos" must be 0, 1 or 2, not 1.5)");
  EXPECT_EQ(publish_fault(R"({"topic": "t", "expiry": {}})"),
            R"("expiry" must be an integer from 0 to 4294967295, not an object)");
  EXPECT_EQ(publish_fault(R"({"topic": "t", "retain": []})"), R"("retain" must be true or false, not an array)");
  EXPECT_EQ(publish_fault(R"({"topic": 5})"), R"("topic" must be a string, not 5)");
  EXPECT_EQ(publish_fault("{}"), R"("topic" is missing: it must be a string)");
  EXPECT_EQ(publish_fault(R"({"topic": "t", "qualityofservice": 1})"), R"(unknown field "qualityofservice")");
  EXPECT_EQ(parse_connect(params_of(R"({"payloads": "raw"})")).error().message,
            R"("payloads" must be "auto" or "base64", not "raw")");
  EXPECT_EQ(parse_connect(params_of(R"({"session": {}})")).error().message,
            R"("session.expiry" is missing: it must be an integer from 0 to 4294967295)");
  EXPECT_EQ(parse_subscribe(params_of("{}")).error().message,
            R"("topic" or "topics" is missing: send a string or an array of strings)");
}

TEST(FieldFaults, NameTheMisspeltFieldBeforeTheMissingOne) {
  EXPECT_EQ(publish_fault(R"({"topc": "t", "qos": 5})"), R"(unknown field "topc")");
}

TEST(FieldFaults, NameTheFirstFieldAtFault) {
  EXPECT_EQ(publish_fault(R"({"retain": 1, "qos": 5, "topic": "t"})"), R"("qos" must be 0, 1 or 2, not 5)");
}

TEST(FieldFaults, FitIntoTheSmallestFrame) {
  const std::string quotes(1000, '"');
  const Id longest_id(std::string(max_id_bytes, 'i'));
  const auto parsed = [](std::string_view method, const Json& params) {
    return parse_params(method, params_of(params.dump()));
  };
  const std::expected<api::Params, Error> faults[] = {
      parsed(quotes, Json::object()),
      parsed("publish", {{quotes, 1}}),
      parsed("connect", {{"will", {{quotes, 1}}}}),
      parsed("connect", {{"payloads", quotes}}),
      parsed("publish", {{"topic", "t"}, {"expiry", quotes}}),
      parsed("publish", {{"topic", "t"}, {"correlation_data", "a"}, {"correlation_data_base64", "a"}}),
      parsed("publish", {{"topic", "t"}, {"content_type", std::string(70000, 'c')}}),
  };
  for (const auto& fault : faults) {
    ASSERT_FALSE(fault);
    const std::string answer = write_error(longest_id, fault.error());
    EXPECT_LE(answer.size(), min_client_message_bytes) << answer;
  }
}

}  // namespace
}  // namespace lobbyd::api::test
