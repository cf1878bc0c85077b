// The methods of `docs/api.md`, "Session".

#include "protocol/api/field_reader.hpp"
#include "protocol/api/params.hpp"
#include "protocol/api/payload_fields.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::api {
namespace {

// MQTT's durations have four bytes (MQTT5 §3.1.3.2.2).
constexpr FieldReader::Range seconds_range{0, std::numeric_limits<std::uint32_t>::max()};

// Reads the object in field `name` with `read`, if it is there.
template <typename Value, typename Read>
std::optional<Value> nested(FieldReader& fields, std::string_view name, Read read) {
  const JsonValue* object = fields.object(name);
  if (object == nullptr) {
    return std::nullopt;
  }
  FieldReader inner(*object, name);
  Value value = read(inner);
  if (auto error = inner.take_error()) {
    fields.fail(*std::move(error));
  }
  return value;
}

WillParams read_will(FieldReader& fields) {
  WillParams will;
  will.topic = fields.required_string("topic");
  will.payload = read_payload(fields);
  will.qos = static_cast<std::uint8_t>(fields.integer("qos", {0, 2}).value_or(0));
  will.retain = fields.boolean("retain", false);
  will.delay = std::chrono::seconds(fields.integer("delay", seconds_range).value_or(0));
  return will;
}

SessionParams read_session(FieldReader& fields) {
  return {std::chrono::seconds(fields.required_integer("expiry", seconds_range))};
}

ResumeParams read_resume(FieldReader& fields) {
  ResumeParams resume;
  resume.secret = fields.required_string("secret");
  resume.received = static_cast<std::uint64_t>(fields.integer("received", {0, max_safe_integer}).value_or(0));
  return resume;
}

std::optional<std::string> read_client_id(FieldReader& fields) {
  auto client_id = fields.string("client_id");
  if (client_id && !is_valid_name(*client_id)) {
    fields.fail({Reason::bad_name,
                 R"("client_id" must be 1 to 64 characters of A-Z, a-z, 0-9 and _.:@-)",
                 {{"field", "client_id"}}});
  }
  return client_id;
}

}  // namespace

bool is_valid_name(std::string_view name) {
  constexpr std::size_t max_name_bytes = 64;
  return name.size() <= max_name_bytes && is_instance_name(name);
}

bool is_instance_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:@-").contains(c);
  };
  return !name.empty() && name.size() <= max_instance_bytes && std::ranges::all_of(name, is_allowed);
}

std::expected<ConnectParams, Error> parse_connect(const JsonValue& params) {
  FieldReader fields(params);
  ConnectParams connect;
  connect.client_id = read_client_id(fields);
  connect.token = fields.string("token");
  connect.broker = fields.string("broker");
  connect.username = fields.mqtt_string("username");
  connect.password = fields.string("password", max_mqtt_string_bytes);
  connect.will = nested<WillParams>(fields, "will", read_will);
  connect.session = nested<SessionParams>(fields, "session", read_session);
  connect.resume = nested<ResumeParams>(fields, "resume", read_resume);
  connect.payloads = fields.one_of<PayloadForm>(
      "payloads", {{"auto", PayloadForm::automatic}, {"base64", PayloadForm::base64}}, PayloadForm::automatic);
  connect.max_message_bytes = static_cast<std::uint32_t>(
      fields.integer("max_message_bytes", {min_client_message_bytes, std::numeric_limits<std::uint32_t>::max()})
          .value_or(default_client_message_bytes));
  connect.takeover = fields.boolean("takeover", true);
  return fields.finish(std::move(connect));
}

std::expected<DisconnectParams, Error> parse_disconnect(const JsonValue& params) {
  FieldReader fields(params);
  DisconnectParams disconnect;
  disconnect.will = fields.boolean("will", false);
  return fields.finish(disconnect);
}

std::expected<PingParams, Error> parse_ping(const JsonValue& params) {
  return FieldReader(params).finish(PingParams());
}

std::expected<AckParams, Error> parse_ack(const JsonValue& params) {
  FieldReader fields(params);
  AckParams ack;
  ack.received = static_cast<std::uint64_t>(fields.required_integer("received", {0, max_safe_integer}));
  return fields.finish(ack);
}

}  // namespace lobbyd::api
