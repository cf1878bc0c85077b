// Whatever stands in the topics of the services: it is read without a fault; what is read is written again as a record
// that is read to the same; and it does no harm to those that hold it.

#include "service/apps/presence/presence.hpp"
#include "service/apps/presence/presence_records.hpp"
#include "service/apps/rooms/room.hpp"
#include "service/apps/rooms/room_records.hpp"
#include "service/apps/signalling/godot_protocol.hpp"
#include "service/apps/signalling/peerjs_protocol.hpp"
#include "service/apps/signalling/signal_records.hpp"
#include "service/apps/signalling/signal_room.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace {

using namespace lobbyd;
using namespace lobbyd::apps;

constexpr std::int64_t now_ms = 1'760'000'000'000;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// Of a variant the alternative that stands for nothing is not written.
template <class News, class Read>
void check_news(const News& news, const Read& read) {
  std::visit(
      [&](const auto& record) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(record)>, std::monostate>) {
          require(read(write_record(record)) == news);
        }
      },
      news);
}

void check_log(api::JsonReader& reader, std::string_view text) {
  const auto record = read_log(reader, text);
  if (!record) {
    return;
  }
  require(is_message_id(key_of(*record)));
  const auto again = read_log(reader, write_record(*record));
  require(again && again->index() == record->index());
  if (const auto* message = std::get_if<MessagePtr>(&*record)) {
    require(*std::get<MessagePtr>(*again) == **message);
  } else {
    require(std::get<Deletion>(*again) == std::get<Deletion>(*record));
  }
}

void check_records(api::JsonReader& reader, std::string_view text) {
  check_news(read_member(reader, text), [&](const std::string& again) { return read_member(reader, again); });
  check_news(read_peer(reader, text), [&](const std::string& again) { return read_peer(reader, again); });
  check_log(reader, text);
  if (const auto ban = read_ban(reader, text)) {
    require(read_ban(reader, write_record(*ban)) == ban);
  }
  if (const auto message = read_signal(reader, text)) {
    require(read_signal(reader, write_record(*message)) == message);
  }
  if (const auto record = read_presence(reader, text)) {
    require(read_presence(reader, write_record(*record)) == record);
  }
  if (const auto time = read_last_seen(reader, text)) {
    require(read_last_seen(reader, write_last_seen(*time)) == time);
  }
}

void check_protocols(api::JsonReader& reader, std::string_view text) {
  const auto message = read_godot(reader, text);
  if (message && message->id <= api::max_safe_integer && message->type <= 7) {
    require(read_godot(reader, write_godot(static_cast<GodotType>(message->type), message->id, message->data)) ==
            message);
  }
  if (const auto peerjs = read_peerjs(reader, text)) {
    require(read_peerjs(reader, write_peerjs("ann", *peerjs)) == peerjs);
  }
  if (const auto client = read_peerjs_query(text, "peerjs")) {
    require(is_peerjs_id(client->id) && !client->token.empty());
  }
}

// Each line is a topic below the prefix, a space, and a payload.
void check_holders(std::string_view text) {
  Surroundings surroundings{.prefix = "p/", .instance = "a"};
  Room room(surroundings, "r", {.history = 3});
  SignalRoom signal(surroundings, [] { return 0U; }, "r", {});
  Presence presence(surroundings, {});
  RoomOutput room_out;
  SignalOutput signal_out;
  PresenceOutput presence_out;
  const Moment now{.steady = {}, .unix_ms = now_ms};
  presence.watch_all("c", presence_out);
  room.begin_reading();
  room.end_reading(false, now, room_out);
  signal.begin_reading();
  signal.end_reading(false, now, signal_out);
  require(room.join({.client_id = "c", .player = "c"}, now, room_out).has_value());
  require(signal.join({.client_id = "c", .mode = SignalMode::host}, now, signal_out).has_value());
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string topic = "p/" + std::string(line.substr(0, line.find(' ')));
    const std::string_view payload = line.substr(std::min(line.size(), topic.size() - 1));
    room.on_message(topic, payload, now, room_out);
    signal.on_message(topic, payload, now, signal_out);
    presence.on_message(topic, payload, now, presence_out);
  }
  require(room.all_history().view(now_ms).size() <= 3);
  room.sweep({"z"}, now, room_out);
  room.begin_reading();
  room.end_reading(true, now, room_out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static api::JsonReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_records(reader, text);
  check_protocols(reader, text);
  check_holders(text);
  return 0;
}
