#include "service/hub/names.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lobbyd::hub {

namespace {

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

// Mosquitto's limit, which counts those of a shared subscription's prefix; it ends the connection of whoever passes it.
constexpr std::size_t most_levels = 200;

std::size_t levels_of(std::string_view topic) {
  return static_cast<std::size_t>(std::ranges::count(topic, '/')) + 1;
}

// RabbitMQ makes `.` of each `/`, and `/` of each `.`: with a client that knows that, the closed names would be open.
bool begins_as(std::string_view topic, std::string_view prefix) {
  const auto same = [](char character, char wanted) { return (character == '.' ? '/' : character) == wanted; };
  return topic.size() >= prefix.size() && std::ranges::equal(topic.substr(0, prefix.size()), prefix, same);
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

Names::Names(ClosedNames closed, upstream::TopicLimits limits) : closed_(std::move(closed)), limits_(limits) {}

// `topic` is what the broker limits of `whole`, which is more for a shared subscription.
std::expected<void, api::Error> Names::check_limits(std::string_view whole, std::string_view topic,
                                                    api::Reason reason) const {
  const auto refuse = [&](std::string message) { return std::unexpected(api::Error{reason, std::move(message)}); };
  if (!is_plain_text(whole)) {
    return refuse(
        "it must not have control characters or non-characters of Unicode: brokers end the connection over them");
  }
  if (levels_of(topic) > limits_.levels || levels_of(whole) > most_levels) {
    return refuse("it may have " + std::to_string(limits_.levels) + " levels at most");
  }
  if (topic.size() > limits_.bytes) {
    return refuse("it may have " + std::to_string(limits_.bytes) + " bytes at most with this broker");
  }
  if (topic.find_first_of(limits_.reserved) != std::string_view::npos) {
    return refuse("this broker changes each of the characters " + std::string(limits_.reserved));
  }
  return {};
}

api::Error Names::closed(const std::string& what) const {
  return {api::Reason::forbidden, what + " that begin with \"$\" or \"" + prefix() +
                                      "\", or that a board is mirrored in, are not open to clients"};
}

std::expected<void, api::Error> Names::check_topic(std::string_view topic) const {
  if (const auto valid = mqtt::check_topic_name(topic); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_topic, std::string(mqtt::describe(valid.error()))});
  }
  if (auto fit = check_limits(topic, topic, api::Reason::bad_topic); !fit) {
    return fit;
  }
  if (closed_.has_topic(topic) || begins_as(topic, prefix())) {
    return std::unexpected(closed("topics"));
  }
  return {};
}

std::expected<void, api::Error> Names::check_level(std::string_view name) const {
  if (name.find_first_of(limits_.reserved) != std::string_view::npos) {
    return std::unexpected(api::Error{api::Reason::bad_name, "this broker changes each of the characters " +
                                                                 std::string(limits_.reserved) + ", so " +
                                                                 api::quoted_excerpt(name) + " cannot be a name here"});
  }
  return {};
}

std::expected<void, api::Error> Names::check_filter(std::string_view filter) const {
  if (const auto valid = mqtt::check_topic_filter(filter); !valid) {
    return std::unexpected(api::Error{api::Reason::bad_filter, std::string(mqtt::describe(valid.error()))});
  }
  const auto shared = mqtt::parse_shared(filter);
  const std::string_view inner = shared ? shared->filter : filter;
  if (auto fit = check_limits(filter, inner, api::Reason::bad_filter); !fit) {
    return fit;
  }
  if (closed_.has_filter(inner)) {
    return std::unexpected(closed("filters"));
  }
  return {};
}

}  // namespace lobbyd::hub
