#pragma once

// The results of the methods of `docs/api.md`, "Session" and "MQTT", and the params of its notifications. Each
// `to_json` gives what belongs into `result` or `params`. Times are Unix milliseconds.

#include "protocol/api/json.hpp"
#include "protocol/api/params.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::api {

// `pending` is a will that a broker which is down can't know of yet; `registered` survives the death of the daemon.
enum class WillState : std::uint8_t { none, pending, registered };

// Of the upstream connection that a client depends on. `disconnected` is said in notifications only, `connecting` in
// the result of `connect` only.
enum class BrokerState : std::uint8_t { connecting, connected, disconnected, failed };

// How sure it is that a set of retained messages is whole: the broker's answers prove it, nothing more came for a
// while, or a limit cut it.
enum class Completeness : std::uint8_t { exact, settled, truncated };

std::string_view word(WillState state);
std::string_view word(BrokerState state);
std::string_view word(Completeness completeness);

struct BrokerCapabilities {
  std::uint8_t maximum_qos = 2;
  bool retain = true;
  bool wildcard = true;
  bool shared = true;
  std::optional<std::uint32_t> maximum_packet_size = std::nullopt;  // left out where the broker tells of none
  std::uint16_t receive_maximum = 65535;
};

struct BrokerInfo {
  std::string name = {};
  BrokerState state = BrokerState::connecting;
  std::string protocol = {};                                      // "5", "3.1.1"; empty while unknown: left out
  std::optional<BrokerCapabilities> capabilities = std::nullopt;  // unknown until the broker has answered: left out
};

struct SessionInfo {
  std::string secret = {};
  bool resumed = false;
  std::chrono::seconds expiry{0};
};

// What the client has to keep within.
struct SessionLimits {
  std::uint64_t max_message_bytes = 0;
  std::uint64_t max_subscriptions = 0;
  std::uint8_t max_qos = 2;
  std::uint64_t outbox_bytes = 0;
  std::chrono::seconds keepalive{0};
};

struct Subscription {
  std::string filter = {};
  std::uint8_t qos = 0;
  Delivery delivery = Delivery::queue;
  bool no_local = false;
};

struct ConnectResult {
  std::string client_id = {};
  std::string user = {};
  SessionInfo session = {};
  BrokerInfo broker = {};
  WillState will = WillState::none;
  std::string instance = {};
  std::string version = {};
  SessionLimits limits = {};
  std::int64_t time = 0;
  // Of a session that was taken up again.
  std::optional<std::vector<Subscription>> subscriptions = std::nullopt;
  std::optional<std::vector<std::string>> rooms = std::nullopt;
};

struct PingResult {
  std::int64_t time = 0;
};

// `granted` has a QoS or a failing MQTT reason code (>= 128) for each filter, in the order asked.
struct SubscribeResult {
  std::vector<std::uint8_t> granted = {};
  std::size_t retained_count = 0;
  Completeness complete = Completeness::exact;
};

struct PublishResult {
  bool no_matching_subscribers = false;
};

struct BrokerNotification {
  std::string name = {};
  BrokerState state = BrokerState::disconnected;
  std::string reason = {};                                        // empty: left out
  std::optional<std::chrono::milliseconds> retry = std::nullopt;  // until the next attempt
  std::optional<std::uint8_t> mqtt_reason_code = std::nullopt;    // where the broker said one, with its name
  std::string_view mqtt_reason = {};
  bool wills_published = false;  // though the client is here; false: left out
};

struct DrainNotification {
  std::chrono::milliseconds deadline{0};         // from now
  std::chrono::milliseconds reconnect_after{0};  // from the close on
};

struct OverflowNotification {
  std::uint64_t dropped = 0;
  std::vector<std::string> filters = {};
};

// Stands for a notification that is larger than the client's largest frame.
struct TooLargeNotification {
  std::string method = {};
  std::optional<std::string> topic = std::nullopt;
  std::size_t bytes = 0;
};

Json to_json(const PingResult& result);
Json to_json(const SubscribeResult& result);
Json to_json(const PublishResult& result);

// Whole frames.
std::string write_notification(const BrokerNotification& notification);
std::string write_notification(const DrainNotification& notification);
std::string write_notification(const OverflowNotification& notification);
std::string write_notification(const TooLargeNotification& notification);

// As JSON text. Subscriptions that would make it larger than `max_bytes` are only counted.
std::string write_connect_result(const ConnectResult& result, std::size_t max_bytes);

// The result of `retained.get` from `messages`, the objects that `append_message_object` wrote, joined by commas.
std::string write_retained_result(std::string_view messages, Completeness complete,
                                  const std::optional<std::string>& next);

}  // namespace lobbyd::api
