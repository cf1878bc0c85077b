#pragma once

// The parameters of the methods of `docs/api.md`, "Session" and "MQTT". Shapes and ranges are checked here; what
// depends on a session, the configuration or MQTT's rules for topics is not: topics and filters may be any string.
//
// Every function takes the `params` object of a request. Unknown, missing, mistyped and out-of-range fields are
// `invalid_params` with the name in the message and in `data.field`. A payload that breaks the rules for payloads is
// `bad_payload`, a client id with other characters than a name may have `bad_name`. An optional field that is null
// counts as absent. Strings are UTF-8.

#include "protocol/api/error.hpp"
#include "protocol/api/json_value.hpp"
#include "protocol/api/service_params.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::api {

// How payloads are sent to a client: as strings where they are UTF-8, or always in base64.
enum class PayloadForm : std::uint8_t { automatic, base64 };

// What waits for a client that reads slowly: every message, or each topic's newest.
enum class Delivery : std::uint8_t { queue, latest };

// The range of `max_message_bytes`. The lower bound leaves room for any result that is
// no list, any error and `too_large`; the default is what
// Godot's WebSocketPeer takes.
inline constexpr std::uint32_t min_client_message_bytes = 1024;
inline constexpr std::uint32_t default_client_message_bytes = 65535;

inline constexpr std::size_t max_key_bytes = 128;

struct WillParams {
  std::string topic;
  std::string payload;  // bytes
  std::uint8_t qos = 0;
  bool retain = false;
  std::chrono::seconds delay{0};
};

struct SessionParams {
  std::chrono::seconds expiry{0};
};

struct ResumeParams {
  std::string secret;
  std::uint64_t received = 0;
};

struct ConnectParams {
  std::optional<std::string> client_id;  // a valid name
  std::optional<std::string> token;
  std::optional<std::string> broker;  // a name or a URL
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<WillParams> will;
  std::optional<SessionParams> session;
  std::optional<ResumeParams> resume;
  PayloadForm payloads = PayloadForm::automatic;
  std::uint32_t max_message_bytes = default_client_message_bytes;
  bool takeover = true;
};

struct DisconnectParams {
  bool will = false;
};

struct PingParams {};

struct AckParams {
  std::uint64_t received = 0;
};

struct SubscribeParams {
  std::vector<std::string> filters;  // at least one, in the order asked
  std::uint8_t qos = 0;
  bool retained = true;
  Delivery delivery = Delivery::queue;
  bool no_local = false;
};

struct UnsubscribeParams {
  std::vector<std::string> filters;  // at least one
};

// Correlation data are bytes in MQTT. A client sends them as `correlation_data` (a string, taken as its UTF-8 bytes) or
// as `correlation_data_base64`, and receives them in the same two ways: as a string where they are UTF-8.
struct PublishParams {
  std::string topic;
  std::string payload;  // bytes
  std::uint8_t qos = 0;
  bool retain = false;
  std::optional<std::string> key;
  std::optional<std::chrono::seconds> expiry;
  std::optional<std::string> content_type;
  std::optional<std::string> response_topic;
  std::optional<std::string> correlation_data;  // bytes
  std::vector<std::pair<std::string, std::string>> user_properties;
};

// MQTT 5 alone carries those.
bool has_properties(const PublishParams& params);

struct RetainedGetParams {
  std::string filter;
  std::uint32_t limit = 1000;  // at least 1
  std::optional<std::string> cursor;
};

std::expected<ConnectParams, Error> parse_connect(const JsonValue& params);
std::expected<DisconnectParams, Error> parse_disconnect(const JsonValue& params);
std::expected<PingParams, Error> parse_ping(const JsonValue& params);
std::expected<AckParams, Error> parse_ack(const JsonValue& params);
std::expected<SubscribeParams, Error> parse_subscribe(const JsonValue& params);
std::expected<UnsubscribeParams, Error> parse_unsubscribe(const JsonValue& params);
std::expected<PublishParams, Error> parse_publish(const JsonValue& params);
std::expected<RetainedGetParams, Error> parse_retained_get(const JsonValue& params);

using Params = std::variant<ConnectParams, DisconnectParams, PingParams, AckParams, SubscribeParams, UnsubscribeParams,
                            PublishParams, RetainedGetParams, ServiceParams>;

// Any method by its name; `method_not_found` if there is none of that name.
std::expected<Params, Error> parse_params(std::string_view method, const JsonValue& params);

// 1 to 64 of [A-Za-z0-9_.:@-]: client ids, and the names of players, rooms and boards.
bool is_valid_name(std::string_view name);
// The same characters, up to max_instance_bytes: those of the configuration, perhaps with the label of a client's
// broker behind.
inline constexpr std::size_t max_instance_bytes = 160;
bool is_instance_name(std::string_view name);

}  // namespace lobbyd::api
