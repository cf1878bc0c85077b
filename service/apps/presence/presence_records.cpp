#include "service/apps/presence/presence_records.hpp"

#include "protocol/api/envelope.hpp"
#include "service/apps/record_reader.hpp"
#include "service/apps/record_writer.hpp"

#include <utility>

namespace lobbyd::apps {
namespace {

// Of whole records but for their data.
constexpr std::size_t max_fields_bytes = 2U << 10U;

}  // namespace

bool is_status(std::string_view status) {
  return !status.empty() && status.size() <= max_status_bytes;
}

std::optional<PresenceRecord> read_presence(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_fields_bytes + max_presence_data_bytes);
  PresenceRecord record;
  record.at = fields.time("at");
  record.instance = fields.instance("instance");
  record.status = fields.text("status", max_status_bytes);
  record.data = fields.json("data", max_presence_data_bytes);
  record.since = fields.number("since", 0, HybridTime::latest_ms);
  return fields.right() && is_status(record.status) ? std::optional(std::move(record)) : std::nullopt;
}

std::optional<std::int64_t> read_last_seen(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_fields_bytes);
  const std::int64_t since = fields.number("since", 0, HybridTime::latest_ms);
  return fields.right() ? std::optional(since) : std::nullopt;
}

std::string write_record(const PresenceRecord& record) {
  RecordWriter fields;
  fields.time("at", record.at).text("instance", record.instance).text("status", record.status);
  return fields.json("data", record.data).number("since", record.since).take();
}

std::string write_last_seen(std::int64_t time_ms) {
  return RecordWriter().number("since", time_ms).take();
}

std::string write_state(std::string_view player, const PresenceState& state) {
  RecordWriter fields;
  fields.text("player", player).text("status", state.status).json("data", state.data);
  return fields.json("since", state.since ? std::to_string(*state.since) : "null").take();
}

std::string write_presence_notification(std::string_view player, const PresenceState& state) {
  return api::write_notification_text("presence", write_state(player, state));
}

}  // namespace lobbyd::apps
