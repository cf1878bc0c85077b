#include "protocol/api/error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lobbyd::api {
namespace {

struct Row {
  Reason reason;
  int code;
  const char* word;
  bool temporary;
};

const Row contract[] = {
    {Reason::parse_error, -32700, "parse_error", false},
    {Reason::invalid_request, -32600, "invalid_request", false},
    {Reason::method_not_found, -32601, "method_not_found", false},
    {Reason::invalid_params, -32602, "invalid_params", false},
    {Reason::internal, -32603, "internal", true},
    {Reason::bad_topic, 400, "bad_topic", false},
    {Reason::bad_filter, 400, "bad_filter", false},
    {Reason::bad_payload, 400, "bad_payload", false},
    {Reason::bad_name, 400, "bad_name", false},
    {Reason::bad_score, 400, "bad_score", false},
    {Reason::bad_state, 400, "bad_state", false},
    {Reason::unauthorized, 401, "unauthorized", false},
    {Reason::token_expired, 401, "token_expired", false},
    {Reason::forbidden, 403, "forbidden", false},
    {Reason::not_found, 404, "not_found", false},
    {Reason::conflict, 409, "conflict", false},
    {Reason::too_large, 413, "too_large", false},
    {Reason::rate_limited, 429, "rate_limited", true},
    {Reason::too_many, 429, "too_many", false},
    {Reason::broker_refused, 502, "broker_refused", false},
    {Reason::broker_unavailable, 503, "broker_unavailable", true},
    {Reason::draining, 503, "draining", true},
    {Reason::timeout, 504, "timeout", true},
};

TEST(Error, HasTheCodesAndWordsOfTheContract) {
  for (const Row& row : contract) {
    const ReasonInfo info = describe(row.reason);
    EXPECT_EQ(info.code, row.code) << row.word;
    EXPECT_EQ(info.word, row.word);
    EXPECT_EQ(info.temporary, row.temporary) << row.word;
  }
}

TEST(Error, IsWrittenWithReasonAndWhetherToTryAgain) {
  EXPECT_EQ(to_json({Reason::forbidden, "this topic is closed"}).dump(),
            R"({"code":403,"message":"this topic is closed","data":{"reason":"forbidden","temporary":false}})");
}

TEST(Error, IsWrittenWithWhatBelongsToIt) {
  EXPECT_EQ(to_json(invalid_field("qos", "m"))["data"].dump(),
            R"({"reason":"invalid_params","temporary":false,"field":"qos"})");
  EXPECT_EQ(to_json(too_many("m", 100))["data"].dump(), R"({"reason":"too_many","temporary":false,"limit":100})");
  EXPECT_EQ(to_json(rate_limited("m", std::chrono::milliseconds(250)))["data"].dump(),
            R"({"reason":"rate_limited","temporary":true,"retry_after_ms":250})");
  EXPECT_EQ(to_json(broker_refused("m", 135, "not_authorized"))["data"].dump(),
            R"({"reason":"broker_refused","temporary":false,"mqtt_reason_code":135,"mqtt_reason":"not_authorized"})");
}

TEST(Error, IsWrittenWhereItsExtraIsNoObject) {
  EXPECT_EQ(to_json({Reason::internal, "m", nullptr})["data"].dump(), R"({"reason":"internal","temporary":true})");
}

TEST(Error, QuotesOnlyTheBeginningOfWhatAClientSent) {
  EXPECT_EQ(quoted_excerpt("short"), "\"short\"");
  EXPECT_EQ(quoted_excerpt(""), "\"\"");
  EXPECT_EQ(quoted_excerpt(std::string(32, 'x')), '"' + std::string(32, 'x') + '"');
  EXPECT_EQ(quoted_excerpt(std::string(33, 'x')), '"' + std::string(32, 'x') + "...\"");
  EXPECT_EQ(excerpt("a\nb\0c\x1f"), "a?b");
  EXPECT_EQ(excerpt(std::string_view("a\nb\0c\x1f", 6)), "a?b?c?");
  EXPECT_EQ(excerpt(std::string(31, 'x') + "\U0001F3AE"), std::string(31, 'x') + "...");
  EXPECT_EQ(excerpt(std::string(28, 'x') + "\U0001F3AE"), std::string(28, 'x') + "\U0001F3AE");
}

struct CloseRow {
  CloseCode code;
  int number;
  const char* word;
};

const CloseRow closes[] = {
    {CloseCode::normal, 1000, "disconnected"},
    {CloseCode::going_away, 1001, "draining"},
    {CloseCode::protocol_error, 1002, "protocol_error"},
    {CloseCode::unsupported_data, 1003, "binary_frame"},
    {CloseCode::invalid_utf8, 1007, "invalid_utf8"},
    {CloseCode::message_too_large, 1009, "too_large"},
    {CloseCode::internal_error, 1011, "internal"},
    {CloseCode::service_restart, 1012, "draining"},
    {CloseCode::try_again_later, 1013, "try_again_later"},
    {CloseCode::invalid_request, 4400, "invalid_request"},
    {CloseCode::unauthorized, 4401, "unauthorized"},
    {CloseCode::forbidden, 4403, "forbidden"},
    {CloseCode::timeout, 4408, "timeout"},
    {CloseCode::taken_over, 4409, "taken_over"},
    {CloseCode::token_expired, 4419, "token_expired"},
    {CloseCode::broker_unavailable, 4503, "broker_unavailable"},
    {CloseCode::slow_consumer, 4508, "slow_consumer"},
    {CloseCode::rate_limited, 4529, "rate_limited"},
};

TEST(CloseCode, HasTheNumbersAndWordsOfTheContract) {
  for (const CloseRow& row : closes) {
    EXPECT_EQ(static_cast<int>(row.code), row.number);
    EXPECT_EQ(word(row.code), row.word);
    EXPECT_EQ(close_reason(row.code), row.word);
  }
}

TEST(CloseCode, TellsTheWait) {
  EXPECT_EQ(close_reason(CloseCode::service_restart, std::chrono::milliseconds(1500)), "draining retry_after_ms=1500");
  EXPECT_EQ(close_reason(CloseCode::rate_limited, std::chrono::milliseconds(0)), "rate_limited retry_after_ms=0");
}

}  // namespace
}  // namespace lobbyd::api
