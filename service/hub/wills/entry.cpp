#include "service/hub/wills/entry.hpp"

#include "protocol/api/base64.hpp"
#include "protocol/api/json.hpp"
#include "protocol/websocket/utf8.hpp"
#include "service/hub/wills/json_members.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace lobbyd::hub {

namespace {

using api::Json;
using api::JsonValue;

constexpr std::int64_t max_delay = std::numeric_limits<std::uint32_t>::max();

Json to_json(const api::WillParams& will) {
  Json json = {{"topic", will.topic}};
  if (websocket::is_valid_utf8(will.payload)) {
    json["payload"] = will.payload;
  } else {
    json["payload_base64"] = api::encode_base64(will.payload);
  }
  json["qos"] = will.qos;
  json["retain"] = will.retain;
  json["delay"] = will.delay.count();
  return json;
}

std::optional<std::string> payload_of(const JsonValue& will) {
  if (api::find_member(will, "payload") != nullptr) {
    return text_member(will, "payload");
  }
  const auto base64 = text_member(will, "payload_base64");
  return base64 ? api::decode_base64(*base64) : std::nullopt;
}

std::optional<api::WillParams> parse_will(const JsonValue& json) {
  if (!json.is<JsonValue::Object>()) {
    return std::nullopt;
  }
  auto topic = text_member(json, "topic");
  auto payload = payload_of(json);
  const auto qos = number_member(json, "qos", 2);
  const auto retain = flag_member(json, "retain");
  const auto delay = number_member(json, "delay", max_delay);
  if (!topic || !payload || !qos || !retain || !delay) {
    return std::nullopt;
  }
  return api::WillParams{.topic = *std::move(topic),
                         .payload = *std::move(payload),
                         .qos = static_cast<std::uint8_t>(*qos),
                         .retain = *retain,
                         .delay = std::chrono::seconds(*delay)};
}

std::optional<std::vector<api::WillParams>> parse_wills(const JsonValue* list) {
  if (list == nullptr || !list->is<JsonValue::Array>() || list->elements().size() > max_entry_wills) {
    return std::nullopt;
  }
  std::vector<api::WillParams> wills;
  for (const JsonValue& json : list->elements()) {
    auto will = parse_will(json);
    if (!will) {
      return std::nullopt;
    }
    wills.push_back(*std::move(will));
  }
  return wills;
}

}  // namespace

std::string to_text(const WillEntry& entry) {
  Json json = {{"instance", entry.owner.instance}, {"epoch", entry.owner.epoch}, {"at", entry.at}};
  if (entry.leaving) {
    json["leaving"] = true;
  }
  Json& wills = json["wills"] = Json::array();
  for (const api::WillParams& will : entry.wills) {
    wills.push_back(to_json(will));
  }
  return api::write_json(json);
}

std::optional<WillEntry> parse_entry(std::string_view text) {
  const JsonValue* const json = parse_object(text, max_entry_bytes);
  if (json == nullptr) {
    return std::nullopt;
  }
  auto instance = text_member(*json, "instance");
  const auto epoch = number_member(*json, "epoch");
  const auto at = number_member(*json, "at");
  auto wills = parse_wills(api::find_member(*json, "wills"));
  if (!instance || !api::is_instance_name(*instance) || !epoch || !at || !wills) {
    return std::nullopt;
  }
  return WillEntry{.owner = {*std::move(instance), *epoch},
                   .at = *at,
                   .leaving = flag_member(*json, "leaving").value_or(false),
                   .wills = *std::move(wills)};
}

bool is_later(const WillEntry& claim, const WillEntry& other) {
  const auto order = [](const WillEntry& entry) { return std::tie(entry.at, entry.owner.instance, entry.owner.epoch); };
  return order(claim) > order(other);
}

}  // namespace lobbyd::hub
