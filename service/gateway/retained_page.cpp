#include "service/gateway/retained_page.hpp"

#include "protocol/api/json.hpp"

#include <algorithm>

namespace lobbyd::gateway {

namespace {

std::size_t json_size(std::string_view text) {
  std::string json;
  api::append_json_string(json, text);
  return json.size();
}

std::string_view topic_of(const hub::MessagePtr& message) {
  return message->topic();
}

}  // namespace

RetainedPage make_page(std::span<const hub::MessagePtr> sorted, const std::optional<std::string>& cursor,
                       PageLimits limits, api::PayloadForm form, hub::Message::TimePoint now) {
  RetainedPage page;
  auto at = cursor ? std::ranges::upper_bound(sorted, std::string_view(*cursor), {}, topic_of) : sorted.begin();
  std::string_view last;
  for (std::size_t count = 0; at != sorted.end(); ++at) {
    const hub::Message& message = **at;
    std::string object;
    message.append_json({.qos = message.qos(), .retained = true, .form = form}, now, object);
    const std::size_t cursor_size = json_size(message.topic());
    const std::size_t size = object.size() + cursor_size;
    const bool full = !page.messages.empty() && page.messages.size() + 1 + size > limits.bytes;
    if (count == limits.messages || (full && size <= limits.message_bytes)) {
      page.next = last;
      break;
    }
    if (size > limits.message_bytes) {
      page.too_large.push_back({std::string(message.topic()), object.size()});
      if (page.messages.size() + cursor_size > limits.bytes) {
        // It cannot be the cursor: it will be passed over again, should the page end before the next one.
        continue;
      }
    } else {
      page.messages += page.messages.empty() ? "" : ",";
      page.messages += object;
    }
    last = message.topic();
    ++count;
  }
  return page;
}

}  // namespace lobbyd::gateway
