#pragma once

// Topic aliases (MQTT5 §3.3.2.3.4), one table for each direction. Both live as long as one network connection.

#include "protocol/mqtt/types.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lobbyd::mqtt {

// What the server has set up towards us.
class InboundTopicAliases {
 public:
  // Forgets everything. Aliases from 1 to `maximum` may be set up from here on.
  void reset(std::uint16_t maximum);

  // The topic of a PUBLISH with that alias; a topic that is not empty is set up first. The view holds until the alias
  // is set up again. The error is what to end the connection with: the alias is beyond the maximum, or has no topic.
  std::expected<std::string_view, ReasonCode> resolve(std::uint16_t alias, std::string_view topic);

 private:
  std::vector<std::string> topics_;  // alias 1 is at 0
};

// What we set up towards the server: for topics that come again soon and are long enough for an alias to save bytes.
// When all aliases are taken, the one not used for longest is given to the new topic.
//
// A plan changes nothing until the packet made from it is sure to be sent: commit() follows.
class OutboundTopicAliases {
 public:
  struct Plan {
    std::uint16_t alias = 0;  // 0: none
    bool set_up = false;      // the packet carries the topic, too
  };

  // What an alias adds to a packet that carries the topic as well, at most: the property (MQTT5 §3.3.2.3.4), and a
  // byte more of the property length and of the remaining length each.
  static constexpr std::size_t maximum_set_up_cost = 3 + 1 + 1;

  // Forgets everything. Aliases from 1 to `maximum` are used from here on.
  void reset(std::uint16_t maximum);

  Plan plan(std::string_view topic) const;
  void commit(std::string_view topic, Plan plan);

 private:
  struct Entry {
    std::string topic;
    std::uint16_t alias = 0;
  };
  using Entries = std::list<Entry>;

  void set_up(std::string_view topic, std::uint16_t alias);
  void remember(std::size_t hash);
  bool is_remembered(std::size_t hash) const;

  std::uint16_t maximum_ = 0;
  Entries entries_;                                                   // the most recently used comes first
  std::unordered_map<std::string_view, Entries::iterator> by_topic_;  // views of the entries' topics
  // Hashes of topics seen lately without an alias, as a ring: an alias is set up when a topic is seen again, so that
  // a stream of topics that never return costs nothing. Two topics with one hash cost three bytes, no more.
  std::vector<std::size_t> seen_;
  std::size_t next_seen_ = 0;
};

}  // namespace lobbyd::mqtt
