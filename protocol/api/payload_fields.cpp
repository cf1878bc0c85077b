#include "protocol/api/payload_fields.hpp"

#include "protocol/api/base64.hpp"

#include <utility>

namespace lobbyd::api {
namespace {

Error bad_payload(std::string field, std::string message) {
  return {Reason::bad_payload, std::move(message), {{"field", std::move(field)}}};
}

}  // namespace

std::string read_payload(FieldReader& fields) {
  const JsonValue* payload = fields.any("payload");
  const auto base64 = fields.string("payload_base64");
  if (base64) {
    if (payload != nullptr) {
      fields.fail(
          bad_payload("payload_base64", R"("payload" and "payload_base64" exclude each other: send one of them)"));
      return {};
    }
    auto bytes = decode_base64(*base64);
    if (!bytes) {
      fields.fail(bad_payload("payload_base64", R"("payload_base64" must be base64 with the standard alphabet)"));
      return {};
    }
    return *std::move(bytes);
  }
  if (payload == nullptr) {
    return {};
  }
  if (const auto* text = payload->get_if<std::string_view>()) {
    return std::string(*text);
  }
  std::string json;
  append_json(json, *payload);
  return json;
}

}  // namespace lobbyd::api
