#pragma once

#include "protocol/mqtt/client.hpp"
#include "service/upstream/broker_types.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::upstream {

// Subscriptions that are made once and not restored after the loss of the link. The broker may still hold them when it
// has kept the session, and would go on sending: so it is remembered which ones have not been undone.
class OneTimeSubscriptions {
 public:
  using Filters = std::vector<std::string>;

  void subscribing(mqtt::Tag tag, const Filters& filters, SubscribeHandler handler);
  void unsubscribing(mqtt::Tag tag, const Filters& filters);

  // The handler that waits for that answer; empty where the tag is not one of these.
  SubscribeHandler subscribed(mqtt::Tag tag);
  // False where the tag is not one of these.
  bool unsubscribed(mqtt::Tag tag);

  // Returns the handlers that wait: there will be no answer.
  std::vector<SubscribeHandler> link_down();
  // Returns what is to be unsubscribed before anything else; that is as good as done then.
  Filters link_up(bool session_present);

 private:
  std::set<std::string> standing_;
  std::unordered_map<mqtt::Tag, SubscribeHandler> subscribing_;
  std::unordered_map<mqtt::Tag, Filters> unsubscribing_;
};

}  // namespace lobbyd::upstream
