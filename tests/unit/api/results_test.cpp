#include "protocol/api/results.hpp"

#include <gtest/gtest.h>

namespace lobbyd::api {
namespace {

ConnectResult connect_result() {
  ConnectResult result;
  result.client_id = "ada:1";
  result.user = "ada";
  result.session = {.secret = "s3cret", .resumed = false, .expiry = std::chrono::seconds(30)};
  result.broker.name = "main";
  result.broker.state = BrokerState::connected;
  result.broker.protocol = "5";
  result.broker.capabilities = BrokerCapabilities{.maximum_qos = 1,
                                                  .retain = true,
                                                  .wildcard = true,
                                                  .shared = false,
                                                  .maximum_packet_size = 1000,
                                                  .receive_maximum = 20};
  result.will = WillState::registered;
  result.instance = "one";
  result.version = "0.1.0";
  result.limits = {.max_message_bytes = 65536,
                   .max_subscriptions = 100,
                   .max_qos = 2,
                   .outbox_bytes = 524288,
                   .keepalive = std::chrono::seconds(25)};
  result.time = 1700000000000;
  return result;
}

TEST(ConnectResult, HasEveryFieldOfTheContract) {
  EXPECT_EQ(write_connect_result(connect_result(), 65'535),
            R"({"client_id":"ada:1","user":"ada","session":{"secret":"s3cret","resumed":false,"expiry":30},)"
            R"("broker":{"name":"main","state":"connected","protocol":"5","capabilities":{"maximum_qos":1,)"
            R"("retain":true,"wildcard":true,"shared":false,"maximum_packet_size":1000,"receive_maximum":20}},)"
            R"("will":"registered","instance":"one","version":"0.1.0","limits":{"max_message_bytes":65536,)"
            R"("max_subscriptions":100,"max_qos":2,"outbox_bytes":524288,"keepalive_seconds":25},)"
            R"("time":1700000000000})");
}

TEST(ConnectResult, LeavesOutWhatIsUnknownOfTheBroker) {
  ConnectResult result = connect_result();
  result.broker = {.name = "main", .state = BrokerState::connecting, .protocol = {}, .capabilities = {}};
  EXPECT_EQ(Json::parse(write_connect_result(result, 65'535))["broker"].dump(),
            R"({"name":"main","state":"connecting"})");
  result.broker.capabilities.emplace();
  EXPECT_FALSE(
      Json::parse(write_connect_result(result, 65'535))["broker"]["capabilities"].contains("maximum_packet_size"));
}

TEST(ConnectResult, OfAResumedSessionHasAsManySubscriptionsAsFit) {
  ConnectResult result = connect_result();
  result.subscriptions.emplace();
  EXPECT_EQ(Json::parse(write_connect_result(result, 65'535))["subscriptions"], Json::array());
  for (int count = 0; count < 50; ++count) {
    result.subscriptions->push_back({.filter = "a/" + std::to_string(count) + "/\"/#", .qos = 1});
  }
  result.subscriptions->push_back({.filter = "b", .delivery = Delivery::latest, .no_local = true});
  const std::string whole = write_connect_result(result, 65'535);
  const Json all = Json::parse(whole);
  EXPECT_EQ(all["subscriptions"].size(), 51U);
  EXPECT_EQ(all["subscriptions"][7].dump(), R"({"topic":"a/7/\"/#","qos":1,"delivery":"queue","no_local":false})");
  EXPECT_EQ(all["subscriptions"][50].dump(), R"({"topic":"b","qos":0,"delivery":"latest","no_local":true})");
  EXPECT_FALSE(all.contains("subscriptions_left_out"));
  for (std::size_t max_bytes = 1024; max_bytes <= whole.size(); ++max_bytes) {
    const std::string text = write_connect_result(result, max_bytes);
    EXPECT_LE(text.size(), max_bytes);
    const Json cut = Json::parse(text);
    EXPECT_EQ(cut["subscriptions"].size() + cut.value("subscriptions_left_out", 0U), 51U);
  }
}

TEST(Results, HaveTheShapesOfTheContract) {
  EXPECT_EQ(write_json(to_json(PingResult{.time = 5})), R"({"time":5})");
  EXPECT_EQ(write_json(to_json(PublishResult{})), "{}");
  EXPECT_EQ(write_json(to_json(PublishResult{.no_matching_subscribers = true})),
            R"({"reason":"no_matching_subscribers"})");
  EXPECT_EQ(write_json(to_json(SubscribeResult{.granted = {0, 2, 135}, .retained_count = 7})),
            R"({"granted":[0,2,135],"retained":{"count":7,"complete":"exact"}})");
  EXPECT_EQ(write_retained_result("", Completeness::settled, std::nullopt), R"({"messages":[],"complete":"settled"})");
  EXPECT_EQ(write_retained_result("{},{}", Completeness::truncated, "a\"b"),
            R"({"messages":[{},{}],"complete":"truncated","next":"a\"b"})");
}

TEST(Notifications, HaveTheShapesOfTheContract) {
  EXPECT_EQ(write_notification(BrokerNotification{.name = "main", .state = BrokerState::connected}),
            R"({"jsonrpc":"2.0","method":"broker","params":{"name":"main","state":"connected"}})");
  EXPECT_EQ(write_notification(BrokerNotification{.name = "main",
                                                  .state = BrokerState::disconnected,
                                                  .reason = "connection_reset",
                                                  .retry = std::chrono::milliseconds(300)}),
            R"({"jsonrpc":"2.0","method":"broker","params":{"name":"main","state":"disconnected",)"
            R"("reason":"connection_reset","retry_ms":300}})");
  EXPECT_EQ(write_notification(DrainNotification{std::chrono::milliseconds(5000), std::chrono::milliseconds(250)}),
            R"({"jsonrpc":"2.0","method":"drain","params":{"deadline_ms":5000,"reconnect_after_ms":250}})");
  EXPECT_EQ(write_notification(OverflowNotification{.dropped = 3, .filters = {"a/#"}}),
            R"({"jsonrpc":"2.0","method":"overflow","params":{"dropped":3,"filters":["a/#"]}})");
  EXPECT_EQ(write_notification(TooLargeNotification{.method = "message", .topic = "a", .bytes = 70000}),
            R"({"jsonrpc":"2.0","method":"too_large","params":{"method":"message","topic":"a","bytes":70000}})");
  EXPECT_EQ(write_notification(TooLargeNotification{.method = "presence", .topic = {}, .bytes = 70000}),
            R"({"jsonrpc":"2.0","method":"too_large","params":{"method":"presence","bytes":70000}})");
}

TEST(Results, NameEveryState) {
  EXPECT_EQ(word(WillState::none), "none");
  EXPECT_EQ(word(WillState::pending), "pending");
  EXPECT_EQ(word(WillState::registered), "registered");
  EXPECT_EQ(word(BrokerState::connecting), "connecting");
  EXPECT_EQ(word(BrokerState::connected), "connected");
  EXPECT_EQ(word(BrokerState::disconnected), "disconnected");
  EXPECT_EQ(word(BrokerState::failed), "failed");
  EXPECT_EQ(word(Completeness::exact), "exact");
  EXPECT_EQ(word(Completeness::settled), "settled");
  EXPECT_EQ(word(Completeness::truncated), "truncated");
}

}  // namespace
}  // namespace lobbyd::api
