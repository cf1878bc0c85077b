#include "service/apps/signalling/signal_records.hpp"

#include "service/apps/record_reader.hpp"
#include "service/apps/record_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::apps {
namespace {

// Of whole records but for their data.
constexpr std::size_t max_fields_bytes = 2U << 10U;

PeerId read_peer_id(RecordReader& fields, std::string_view name) {
  return static_cast<PeerId>(fields.number(name, host_peer, std::numeric_limits<PeerId>::max()));
}

SignalMode read_mode(RecordReader& fields) {
  const std::string mode = fields.text("mode", max_fields_bytes);
  if (mode != "mesh" && mode != "host") {
    fields.fail();
  }
  return mode == "host" ? SignalMode::host : SignalMode::mesh;
}

}  // namespace

bool is_signal_type(std::string_view type) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-").contains(c);
  };
  return !type.empty() && type.size() <= max_signal_type_bytes && std::ranges::all_of(type, is_allowed);
}

PeerNews read_peer(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_fields_bytes + max_peer_data_bytes);
  if (fields.has("left")) {
    fields.flag("left");
    PeerDeparture departure{.at = fields.time("at"), .instance = fields.instance("instance")};
    return fields.right() ? PeerNews(std::move(departure)) : PeerNews();
  }
  PeerRecord record;
  record.at = fields.time("at");
  record.instance = fields.instance("instance");
  record.client_id = fields.client_id("client");
  record.mode = read_mode(fields);
  record.data = fields.json("data", max_peer_data_bytes);
  record.confirmed = fields.flag("confirmed");
  record.sealed = fields.flag("sealed");
  return fields.right() ? PeerNews(std::move(record)) : PeerNews();
}

std::optional<SignalMessage> read_signal(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_fields_bytes + max_signal_data_bytes);
  SignalMessage message;
  message.to = read_peer_id(fields, "to");
  message.to_claim = fields.time("claim");
  message.from = read_peer_id(fields, "from");
  message.type = fields.text("type", max_signal_type_bytes);
  message.data = fields.json("data", max_signal_data_bytes);
  return fields.right() && is_signal_type(message.type) ? std::optional(std::move(message)) : std::nullopt;
}

std::string write_record(const PeerRecord& record) {
  RecordWriter fields;
  fields.time("at", record.at).text("instance", record.instance).text("client", record.client_id);
  fields.text("mode", record.mode == SignalMode::host ? "host" : "mesh").json("data", record.data);
  return fields.flag("confirmed", record.confirmed).flag("sealed", record.sealed).take();
}

std::string write_record(const PeerDeparture& departure) {
  return RecordWriter().flag("left", true).time("at", departure.at).text("instance", departure.instance).take();
}

std::string write_record(const SignalMessage& message) {
  RecordWriter fields;
  fields.number("to", message.to).time("claim", message.to_claim).number("from", message.from);
  return fields.text("type", message.type).json("data", message.data).take();
}

}  // namespace lobbyd::apps
