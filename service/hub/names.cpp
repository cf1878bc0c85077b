#include "service/hub/names.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lobbyd::hub {

namespace {

// Mosquitto's limit; it ends the connection of whoever passes it.
constexpr std::ptrdiff_t max_levels = 200;

// Of one character, which begins at `at`. The text is valid UTF-8.
std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t& size) {
  const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
  const unsigned lead = byte(0);
  size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::uint32_t value = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (std::size_t offset = 1; offset < size; ++offset) {
    value = value << 6U | (byte(offset) & 0x3FU);
  }
  return value;
}

api::Error unfit(api::Reason reason) {
  return {reason,
          "it may have 200 levels at most, and no control characters or non-characters of Unicode: brokers end "
          "the connection over them"};
}

bool is_fit(std::string_view topic) {
  return std::ranges::count(topic, '/') < max_levels && is_plain_text(topic);
}

}  // namespace

bool is_plain_text(std::string_view text) {
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); at += size) {
    const std::uint32_t value = code_point(text, at, size);
    const bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    const bool non_character = (value >= 0xFDD0 && value <= 0xFDEF) || (value & 0xFFFEU) == 0xFFFE;
    if (control || non_character) {
      return false;
    }
  }
  return true;
}

Names::Names(std::string prefix) : prefix_(std::move(prefix)) {}

bool Names::is_closed(std::string_view topic) const {
  return topic.starts_with('$') || topic.starts_with(prefix_);
}

std::expected<void, api::Error> Names::check_topic(std::string_view topic) const {
  if (const auto valid = mqtt::check_topic_name(topic); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_topic, std::string(mqtt::describe(valid.error()))});
  }
  if (!is_fit(topic)) {
    return std::unexpected(unfit(api::Reason::bad_topic));
  }
  if (is_closed(topic)) {
    return std::unexpected(api::Error{api::Reason::forbidden,
                                      "topics that begin with \"$\" or \"" + prefix_ + "\" are not open to clients"});
  }
  return {};
}

std::expected<void, api::Error> Names::check_filter(std::string_view filter) const {
  if (const auto valid = mqtt::check_topic_filter(filter); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_filter, std::string(mqtt::describe(valid.error()))});
  }
  if (!is_fit(filter)) {
    return std::unexpected(unfit(api::Reason::bad_filter));
  }
  const auto shared = mqtt::parse_shared(filter);
  if (is_closed(shared ? shared->filter : filter)) {
    return std::unexpected(api::Error{api::Reason::forbidden,
                                      "filters that begin with \"$\" or \"" + prefix_ + "\" are not open to clients"});
  }
  return {};
}

}  // namespace lobbyd::hub
