#pragma once

// One page of the answer to `retained.get`: as many messages as the client's limit and its largest frame allow. Pure.

#include "protocol/api/params.hpp"
#include "service/hub/message.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::gateway {

struct RetainedPage {
  struct TooLarge {
    std::string topic;
    std::size_t bytes;
  };

  std::string messages;             // JSON objects, joined by commas
  std::optional<std::string> next;  // the cursor of the next page, where there is more
  std::vector<TooLarge> too_large;  // left out: no frame of this client can hold them
};

struct PageLimits {
  std::size_t messages;
  std::size_t bytes;          // for the messages and the cursor
  std::size_t message_bytes;  // for one message and its cursor; a page that has more than `bytes` holds one
};

// `sorted`: all messages, by topic. The cursor is the last topic of the page before.
RetainedPage make_page(std::span<const hub::MessagePtr> sorted, const std::optional<std::string>& cursor,
                       PageLimits limits, api::PayloadForm form, hub::Message::TimePoint now);

}  // namespace lobbyd::gateway
