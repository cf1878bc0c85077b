#include "service/apps/rooms/room_records.hpp"

#include "protocol/api/json.hpp"
#include "protocol/api/params.hpp"
#include "service/apps/record_reader.hpp"
#include "service/apps/record_writer.hpp"

#include <array>
#include <utility>

namespace lobbyd::apps {
namespace {

// Of whole records: no byte of a text takes more than six in JSON.
constexpr std::size_t max_fields_bytes = 4U << 10U;
constexpr std::size_t max_member_bytes = max_fields_bytes + max_member_data_bytes;
constexpr std::size_t max_log_bytes = max_fields_bytes + max_message_body_bytes;
constexpr std::size_t max_ban_bytes = max_fields_bytes;

constexpr std::size_t time_digits = 16;

constexpr std::array reasons{std::pair{DepartureReason::left, std::string_view("left")},
                             std::pair{DepartureReason::lost, std::string_view("lost")},
                             std::pair{DepartureReason::kicked, std::string_view("kicked")}};

std::optional<DepartureReason> reason_from(std::string_view text) {
  for (const auto& [reason, its_word] : reasons) {
    if (its_word == text) {
      return reason;
    }
  }
  return std::nullopt;
}

template <class Record>
std::optional<Record> if_right(const RecordReader& fields, Record record) {
  return fields.right() ? std::optional(std::move(record)) : std::nullopt;
}

std::string read_id(RecordReader& fields, std::string_view name) {
  std::string id = fields.text(name, time_digits + 1 + api::max_instance_bytes);
  if (!is_message_id(id)) {
    fields.fail();
  }
  return id;
}

std::string read_body(RecordReader& fields) {
  if (fields.has("text") == fields.has("data")) {
    fields.fail();
    return {};
  }
  std::string body = fields.has("text") ? R"("text":)" : R"("data":)";
  if (fields.has("text")) {
    api::append_json_string(body, fields.text("text", max_message_body_bytes));
  } else {
    body += fields.json("data", max_message_body_bytes);
  }
  return body;
}

RoomMessage read_message(RecordReader& fields) {
  RoomMessage message;
  message.id = read_id(fields, "id");
  message.from = fields.client_id("from");
  message.player = fields.player("player");
  message.name = fields.text("name", max_member_name_bytes);
  message.body = read_body(fields);
  if (fields.has("previous")) {
    message.previous = read_id(fields, "previous");
  }
  if (fields.has("key")) {
    message.key = fields.text("key", api::max_key_bytes);
  }
  return message;
}

Deletion read_deletion(RecordReader& fields) {
  Deletion deletion{.target = read_id(fields, "deleted")};
  if (fields.has("id")) {
    deletion.id = read_id(fields, "id");
  }
  return deletion;
}

std::string write(const RoomMessage& message) {
  RecordWriter fields;
  fields.text("id", message.id).text("from", message.from).text("player", message.player).text("name", message.name);
  fields.members(message.body);
  if (!message.previous.empty()) {
    fields.text("previous", message.previous);
  }
  if (!message.key.empty()) {
    fields.text("key", message.key);
  }
  return fields.take();
}

std::string write(const Deletion& deletion) {
  RecordWriter fields;
  fields.text("deleted", deletion.target);
  if (!deletion.id.empty()) {
    fields.text("id", deletion.id);
  }
  return fields.take();
}

}  // namespace

std::string_view word(DepartureReason reason) {
  return reasons[static_cast<std::size_t>(reason)].second;
}

std::string message_id(HybridTime time, std::string_view instance) {
  return time.text() + '-' + std::string(instance);
}

bool is_message_id(std::string_view id) {
  if (id.size() <= time_digits || id[time_digits] != '-' || !api::is_instance_name(id.substr(time_digits + 1))) {
    return false;
  }
  const auto time = HybridTime::from_text(id.substr(0, time_digits));
  return time && *time;
}

HybridTime time_of(std::string_view id) {
  return HybridTime::from_text(id.substr(0, time_digits)).value_or(HybridTime());
}

std::string_view author_of(std::string_view id) {
  return id.substr(time_digits + 1);
}

std::string_view key_of(const LogRecord& record) {
  if (const auto* message = std::get_if<MessagePtr>(&record)) {
    return (*message)->id;
  }
  const auto& deletion = std::get<Deletion>(record);
  return deletion.id.empty() ? deletion.target : deletion.id;
}

MemberNews read_member(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_member_bytes);
  if (fields.has("left")) {
    const auto reason = reason_from(fields.text("left", max_fields_bytes));
    const Departure departure{.at = fields.time("at"), .reason = reason.value_or(DepartureReason::lost)};
    return fields.right() && reason ? MemberNews(departure) : MemberNews();
  }
  MemberRecord record;
  record.at = fields.time("at");
  record.instance = fields.instance("instance");
  record.player = fields.player("player");
  record.name = fields.text("name", max_member_name_bytes);
  record.data = fields.json("data", max_member_data_bytes);
  record.since = fields.number("since", 0, HybridTime::latest_ms);
  return fields.right() ? MemberNews(std::move(record)) : MemberNews();
}

std::optional<LogRecord> read_log(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_log_bytes);
  if (fields.has("deleted")) {
    return if_right<LogRecord>(fields, read_deletion(fields));
  }
  auto message = std::make_shared<RoomMessage>(read_message(fields));
  return if_right<LogRecord>(fields, std::move(message));
}

std::optional<Ban> read_ban(api::JsonReader& reader, std::string_view payload) {
  RecordReader fields(reader, payload, max_ban_bytes);
  Ban ban;
  ban.at = fields.time("at");
  ban.instance = fields.instance("instance");
  ban.player = fields.player("player");
  ban.until = fields.number("until", 0, HybridTime::latest_ms);
  return if_right(fields, std::move(ban));
}

std::string write_record(const MemberRecord& record) {
  RecordWriter fields;
  fields.time("at", record.at).text("instance", record.instance).text("player", record.player);
  fields.text("name", record.name).json("data", record.data).number("since", record.since);
  return fields.take();
}

std::string write_record(const Departure& departure) {
  return RecordWriter().text("left", word(departure.reason)).time("at", departure.at).take();
}

std::string write_record(const LogRecord& record) {
  if (const auto* message = std::get_if<MessagePtr>(&record)) {
    return write(**message);
  }
  return write(std::get<Deletion>(record));
}

std::string write_record(const Ban& ban) {
  RecordWriter fields;
  fields.time("at", ban.at).text("instance", ban.instance).text("player", ban.player).number("until", ban.until);
  return fields.take();
}

}  // namespace lobbyd::apps
