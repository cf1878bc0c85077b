#pragma once

// Which topics and filters clients may name: the rules of MQTT (MQTT5 §4.7), the broker's limits, and the closed names,
// which belong to the daemons and the broker.

#include "protocol/api/error.hpp"
#include "service/upstream/broker_traits.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::hub {

class Names {
 public:
  // `prefix` ends in "/": the application prefix.
  explicit Names(std::string prefix, upstream::TopicLimits limits = {});

  const std::string& prefix() const { return prefix_; }
  // Under the prefix, or one of the broker's own ("$SYS/…").
  bool is_closed(std::string_view topic) const;
  // bad_topic, or forbidden.
  std::expected<void, api::Error> check_topic(std::string_view topic) const;
  // bad_filter, or forbidden for one that begins inside a closed name; wider ones pass.
  std::expected<void, api::Error> check_filter(std::string_view filter) const;

 private:
  std::expected<void, api::Error> check_limits(std::string_view whole, std::string_view topic,
                                               api::Reason reason) const;

  std::string prefix_;
  upstream::TopicLimits limits_;
};

// Whether every broker takes it as a string: the standard lets a server end the connection, which all clients share,
// over control characters and non-characters (MQTT5 §1.5.4). `text` is UTF-8.
bool is_plain_text(std::string_view text);

}  // namespace lobbyd::hub
