#pragma once

// Results that several services have: lists with their `next`, and none at all.

#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/json_page.hpp"
#include "service/apps/record_writer.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::apps {

// The entries alone.
inline void append_entries(RecordWriter& result, std::string_view name, const Page& page) {
  result.json(name, '[' + page.entries + ']');
  if (page.left_out > 0) {
    // They are larger than the client takes in one frame.
    result.number("left_out", static_cast<std::int64_t>(page.left_out));
  }
}

// With the cursor of the next page, where there is one.
inline void append_list(RecordWriter& result, std::string_view name, const Page& page) {
  append_entries(result, name, page);
  if (page.next) {
    result.text("next", *page.next);
  }
}

inline std::string write_list(std::string_view name, const Page& page) {
  RecordWriter result;
  append_list(result, name, page);
  return result.take();
}

// Answers with {} once the broker has taken what was published.
inline Feed::Done answer_empty(Answer answer) {
  return [answer = std::move(answer)](auto taken) mutable {
    taken ? answer(std::string(empty_result)) : answer(std::unexpected(std::move(taken.error())));
  };
}

}  // namespace lobbyd::apps
