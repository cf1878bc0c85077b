#include "service/apps/rooms/history_page.hpp"

#include "service/apps/record_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace lobbyd::apps {
namespace {

using Held = RoomHistory::Held;

// What is on the page, in the order in which it is chosen.
struct Chosen {
  std::vector<std::pair<std::string_view, std::string>> entries;  // id and JSON text
  const Held* last = nullptr;                                     // that was looked at
  bool more = false;
  std::size_t left_out = 0;
};

Chosen choose(const std::vector<const Held*>& candidates, PageLimits limits) {
  Chosen chosen;
  std::size_t bytes = 0;
  for (const Held* candidate : candidates) {
    std::string json = write_message(*candidate->message);
    if (json.size() > limits.bytes) {
      ++chosen.left_out;
    } else if (chosen.entries.size() == limits.entries ||
               (!chosen.entries.empty() && bytes + 1 + json.size() > limits.bytes)) {
      chosen.more = true;
      break;
    } else {
      bytes += json.size() + (chosen.entries.empty() ? 0 : 1);
      chosen.entries.emplace_back(candidate->message->id, std::move(json));
    }
    chosen.last = candidate;
  }
  return chosen;
}

Page join(Chosen chosen) {
  std::ranges::sort(chosen.entries);
  Page page;
  page.left_out = chosen.left_out;
  for (const auto& [id, json] : chosen.entries) {
    page.entries += page.entries.empty() ? "" : ",";
    page.entries += json;
  }
  return page;
}

// `limit` is the id that all have to be before.
Page page_backwards(const std::vector<const Held*>& view, std::string_view limit, PageLimits limits) {
  std::vector<const Held*> candidates;
  std::ranges::copy_if(view, std::back_inserter(candidates),
                       [&](const Held* held) { return limit.empty() || held->message->id < limit; });
  std::ranges::reverse(candidates);
  Chosen chosen = choose(candidates, limits);
  const std::string next = chosen.more ? "b:" + chosen.last->message->id : std::string();
  Page page = join(std::move(chosen));
  if (!next.empty()) {
    page.next = next;
  }
  return page;
}

// Where a forward page begins: behind a message, or behind an arrival where the message is not here any more.
struct Start {
  std::uint64_t arrival = 0;
  const Held* message = nullptr;
};

Start start_after(const RoomHistory& history, const std::vector<const Held*>& view, std::string_view id) {
  if (const Held* held = history.find(id)) {
    return {.arrival = held->arrival, .message = held};
  }
  std::uint64_t earliest = history.arrivals() + 1;
  for (const Held* held : view) {
    if (held->message->id > id) {
      earliest = std::min(earliest, held->arrival);
    }
  }
  return {.arrival = earliest - 1};
}

// Whether it has an earlier id than the message, and the message's sender had not seen it: who has seen the message may
// not have seen it. One author's messages come everywhere in order.
bool may_be_late(const RoomMessage& candidate, const RoomMessage& message) {
  return candidate.id < message.id && candidate.id > message.previous &&
         author_of(candidate.id) != author_of(message.id);
}

std::string forward_cursor(std::string_view life, std::uint64_t arrival, std::string_view latest) {
  return "a:" + std::string(life) + ':' + std::to_string(arrival) + ':' + std::string(latest);
}

Page page_forwards(const std::vector<const Held*>& view, Start start, std::string_view life, PageLimits limits) {
  std::vector<const Held*> candidates;
  std::ranges::copy_if(view, std::back_inserter(candidates), [&](const Held* held) {
    return held->arrival > start.arrival ||
           (start.message != nullptr && may_be_late(*held->message, *start.message->message));
  });
  std::ranges::sort(candidates, {}, &Held::arrival);
  Chosen chosen = choose(candidates, limits);
  std::string next;
  if (chosen.more) {
    std::string_view latest = chosen.last->message->id;
    for (const auto& [id, json] : chosen.entries) {
      latest = std::max(latest, id);
    }
    next = forward_cursor(life, chosen.last->arrival, latest);
  }
  Page page = join(std::move(chosen));
  if (!next.empty()) {
    page.next = std::move(next);
  }
  return page;
}

struct ForwardCursor {
  std::string_view life;
  std::uint64_t arrival = 0;
  std::string_view latest;
};

std::optional<ForwardCursor> parse_forward(std::string_view text) {
  const auto life_end = text.find(':');
  const auto arrival_end = life_end == std::string_view::npos ? life_end : text.find(':', life_end + 1);
  if (arrival_end == std::string_view::npos) {
    return std::nullopt;
  }
  ForwardCursor cursor{.life = text.substr(0, life_end), .latest = text.substr(arrival_end + 1)};
  const std::string_view arrival = text.substr(life_end + 1, arrival_end - life_end - 1);
  const auto [end, error] = std::from_chars(arrival.data(), arrival.data() + arrival.size(), cursor.arrival);
  const bool whole = error == std::errc() && end == arrival.data() + arrival.size();
  return whole && is_message_id(cursor.latest) ? std::optional(cursor) : std::nullopt;
}

api::Error bad_field(std::string_view field, std::string_view wanted) {
  return api::invalid_field(field, '"' + std::string(field) + "\" must be " + std::string(wanted));
}

}  // namespace

std::string write_message(const RoomMessage& message) {
  RecordWriter fields;
  fields.text("id", message.id).text("from", message.from).text("player", message.player).text("name", message.name);
  return fields.members(message.body).number("time", message.time_ms()).take();
}

std::expected<Page, api::Error> make_history_page(const RoomHistory& history, std::string_view life,
                                                  const HistoryQuery& query, PageLimits limits, std::int64_t now_ms) {
  const std::array<const std::optional<std::string>*, 3> asked{&query.after, &query.before, &query.cursor};
  if (std::ranges::count_if(asked, [](const auto* field) { return field->has_value(); }) > 1) {
    return std::unexpected(api::invalid_field("cursor", R"("after", "before" and "cursor" exclude each other)"));
  }
  for (const auto& [name, id] : {std::pair{"after", &query.after}, std::pair{"before", &query.before}}) {
    if (*id && !is_message_id(**id)) {
      return std::unexpected(bad_field(name, "the id of a message"));
    }
  }
  const auto view = history.view(now_ms);
  if (query.after) {
    return page_forwards(view, start_after(history, view, *query.after), life, limits);
  }
  if (!query.cursor) {
    return page_backwards(view, query.before.value_or(std::string()), limits);
  }
  const std::string_view cursor = *query.cursor;
  if (cursor.starts_with("b:") && is_message_id(cursor.substr(2))) {
    return page_backwards(view, cursor.substr(2), limits);
  }
  const auto forward = cursor.starts_with("a:") ? parse_forward(cursor.substr(2)) : std::nullopt;
  if (!forward) {
    return std::unexpected(bad_field("cursor", "the \"next\" of a page before"));
  }
  const Start start =
      forward->life == life ? Start{.arrival = forward->arrival} : start_after(history, view, forward->latest);
  return page_forwards(view, start, life, limits);
}

}  // namespace lobbyd::apps
