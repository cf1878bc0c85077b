// The methods of `docs/api.md`, "MQTT".

#include "protocol/api/field_reader.hpp"
#include "protocol/api/params.hpp"
#include "protocol/api/payload_fields.hpp"

#include <limits>
#include <utility>

namespace lobbyd::api {
namespace {

std::uint8_t read_qos(FieldReader& fields) {
  return static_cast<std::uint8_t>(fields.integer("qos", {0, 2}).value_or(0));
}

// MQTT5 §3.3.2.3.3: four bytes of seconds.
std::optional<std::chrono::seconds> read_expiry(FieldReader& fields) {
  const auto expiry = fields.integer("expiry", {0, std::numeric_limits<std::uint32_t>::max()});
  return expiry ? std::optional(std::chrono::seconds(*expiry)) : std::nullopt;
}

}  // namespace

std::expected<SubscribeParams, Error> parse_subscribe(const JsonValue& params) {
  FieldReader fields(params);
  SubscribeParams subscribe;
  subscribe.filters = fields.one_or_several("topic", "topics");
  subscribe.qos = read_qos(fields);
  subscribe.retained = fields.boolean("retained", true);
  subscribe.delivery =
      fields.one_of<Delivery>("delivery", {{"queue", Delivery::queue}, {"latest", Delivery::latest}}, Delivery::queue);
  subscribe.no_local = fields.boolean("no_local", false);
  return fields.finish(std::move(subscribe));
}

std::expected<UnsubscribeParams, Error> parse_unsubscribe(const JsonValue& params) {
  FieldReader fields(params);
  UnsubscribeParams unsubscribe;
  unsubscribe.filters = fields.one_or_several("topic", "topics");
  return fields.finish(std::move(unsubscribe));
}

std::expected<PublishParams, Error> parse_publish(const JsonValue& params) {
  FieldReader fields(params);
  PublishParams publish;
  publish.topic = fields.required_string("topic");
  publish.payload = read_payload(fields);
  publish.qos = read_qos(fields);
  publish.retain = fields.boolean("retain", false);
  publish.key = fields.string("key", max_key_bytes);
  publish.expiry = read_expiry(fields);
  publish.content_type = fields.mqtt_string("content_type");
  publish.response_topic = fields.mqtt_string("response_topic");
  publish.correlation_data = fields.mqtt_bytes("correlation_data", "correlation_data_base64");
  publish.user_properties = fields.pairs("user_properties");
  return fields.finish(std::move(publish));
}

std::expected<RetainedGetParams, Error> parse_retained_get(const JsonValue& params) {
  FieldReader fields(params);
  RetainedGetParams get;
  get.filter = fields.required_string("topic");
  get.limit = static_cast<std::uint32_t>(
      fields.integer("limit", {1, std::numeric_limits<std::uint32_t>::max()}).value_or(get.limit));
  get.cursor = fields.string("cursor");
  return fields.finish(std::move(get));
}

bool has_properties(const PublishParams& params) {
  return params.expiry || params.content_type || params.response_topic || params.correlation_data ||
         !params.user_properties.empty();
}

}  // namespace lobbyd::api
