#include "service/apps/rooms/members.hpp"

#include "protocol/api/params.hpp"
#include "service/apps/record_writer.hpp"

#include <utility>

namespace lobbyd::apps {

std::string write_member(const Member& member) {
  const MemberRecord& record = member.record;
  RecordWriter fields;
  fields.text("client_id", member.client_id).text("player", record.player).text("name", record.name);
  fields.json("data", record.data).number("since", record.since);
  return fields.take();
}

Members::Put Members::put(std::string_view client_id, MemberRecord record) {
  const auto found = members_.find(client_id);
  if (found != members_.end()) {
    if (record == found->second->record) {
      return Put::ignored;
    }
    found->second = std::make_shared<const Member>(std::string(client_id), std::move(record));
    return Put::changed;
  }
  if (members_.size() >= most_) {
    return Put::ignored;
  }
  members_.emplace(client_id, std::make_shared<const Member>(std::string(client_id), std::move(record)));
  return Put::added;
}

bool Members::remove(std::string_view client_id) {
  const auto found = members_.find(client_id);
  if (found == members_.end()) {
    return false;
  }
  members_.erase(found);
  return true;
}

MemberPtr Members::find(std::string_view client_id) const {
  const auto found = members_.find(client_id);
  return found == members_.end() ? nullptr : found->second;
}

std::expected<Page, api::Error> Members::page(const std::optional<std::string>& cursor, PageLimits limits) const {
  if (cursor && !api::is_valid_name(*cursor)) {
    return std::unexpected(api::invalid_field("cursor", R"("cursor" must be the "next" of the page before)"));
  }
  PageBuilder builder(limits);
  std::optional<std::string> next;
  const std::string* last = nullptr;
  for (auto at = cursor ? members_.upper_bound(*cursor) : members_.begin(); at != members_.end(); ++at) {
    if (builder.add(write_member(*at->second)) == PageBuilder::Added::full) {
      next = *last;
      break;
    }
    last = &at->first;
  }
  Page page = builder.take();
  page.next = std::move(next);
  return page;
}

}  // namespace lobbyd::apps
