#pragma once

// Which topics and filters clients may name: the rules of MQTT (MQTT5 §4.7), the broker's limits, and the closed names,
// which belong to the daemons and the broker.

#include "protocol/api/error.hpp"
#include "service/hub/closed_names.hpp"
#include "service/upstream/broker_traits.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::hub {

class Names {
 public:
  explicit Names(ClosedNames closed, upstream::TopicLimits limits = {});

  const std::string& prefix() const { return closed_.prefix(); }
  const ClosedNames& closed() const { return closed_; }
  bool is_closed(std::string_view topic) const { return closed_.has_topic(topic); }
  // bad_topic, or forbidden.
  std::expected<void, api::Error> check_topic(std::string_view topic) const;
  // Of a level of a closed topic: bad_name for what the broker would change.
  std::expected<void, api::Error> check_level(std::string_view name) const;
  // bad_filter, or forbidden for one that begins inside a closed name; wider ones pass.
  std::expected<void, api::Error> check_filter(std::string_view filter) const;

 private:
  api::Error closed(const std::string& what) const;
  std::expected<void, api::Error> check_limits(std::string_view whole, std::string_view topic,
                                               api::Reason reason) const;

  ClosedNames closed_;
  upstream::TopicLimits limits_;
};

// Whether every broker takes it as a string: the standard lets a server end the connection, which all clients share,
// over control characters and non-characters (MQTT5 §1.5.4). `text` is UTF-8.
bool is_plain_text(std::string_view text);

}  // namespace lobbyd::hub
