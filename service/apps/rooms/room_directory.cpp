#include "service/apps/rooms/room_directory.hpp"

#include "protocol/api/params.hpp"
#include "service/apps/record_writer.hpp"
#include "service/apps/rooms/room_records.hpp"
#include "service/apps/rooms/room_topics.hpp"

#include <cstdint>

namespace lobbyd::apps {

// A departure changes nothing: the record is cleared behind it.
void RoomDirectory::on_message(Surroundings& surroundings, std::string_view topic, std::string_view payload) {
  const auto parsed = parse_room_topic(surroundings.prefix, topic);
  if (!parsed || parsed->kind != RoomTopic::Kind::member) {
    return;
  }
  const MemberNews news = read_member(surroundings.reader, payload);
  if (!std::holds_alternative<Departure>(news)) {
    set(parsed->room, parsed->name, std::holds_alternative<MemberRecord>(news));
  }
}

void RoomDirectory::set(std::string_view room, std::string_view client_id, bool is_member) {
  const auto found = rooms_.find(room);
  if (is_member) {
    if (members_ < most_) {
      Clients& clients = found == rooms_.end() ? rooms_[std::string(room)] : found->second;
      members_ += clients.emplace(client_id).second ? 1 : 0;
    }
    return;
  }
  if (found == rooms_.end()) {
    return;
  }
  if (const auto client = found->second.find(client_id); client != found->second.end()) {
    found->second.erase(client);
    --members_;
  }
  if (found->second.empty()) {
    rooms_.erase(found);
  }
}

std::expected<Page, api::Error> RoomDirectory::page(const RoomListQuery& query, PageLimits limits) const {
  if (query.cursor && !api::is_valid_name(*query.cursor)) {
    return std::unexpected(api::invalid_field("cursor", R"("cursor" must be the "next" of the page before)"));
  }
  const bool goes_on = query.cursor && *query.cursor >= query.prefix;
  auto room = goes_on ? rooms_.upper_bound(*query.cursor) : rooms_.lower_bound(query.prefix);
  PageBuilder builder(limits);
  std::optional<std::string> next;
  const std::string* last = nullptr;
  for (; room != rooms_.end() && room->first.starts_with(query.prefix); ++room) {
    const auto members = static_cast<std::int64_t>(room->second.size());
    if (builder.add(RecordWriter().text("room", room->first).number("members", members).take()) ==
        PageBuilder::Added::full) {
      next = *last;
      break;
    }
    last = &room->first;
  }
  Page page = builder.take();
  page.next = std::move(next);
  return page;
}

}  // namespace lobbyd::apps
