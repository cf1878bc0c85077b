#include "service/upstream/one_time_subscriptions.hpp"

#include <utility>

namespace lobbyd::upstream {

void OneTimeSubscriptions::subscribing(mqtt::Tag tag, const Filters& filters, SubscribeHandler handler) {
  standing_.insert(filters.begin(), filters.end());
  subscribing_.emplace(tag, std::move(handler));
}

void OneTimeSubscriptions::unsubscribing(mqtt::Tag tag, const Filters& filters) {
  for (const std::string& filter : filters) {
    standing_.erase(filter);
  }
  unsubscribing_.emplace(tag, filters);
}

SubscribeHandler OneTimeSubscriptions::subscribed(mqtt::Tag tag) {
  auto node = subscribing_.extract(tag);
  return node ? std::move(node.mapped()) : SubscribeHandler{};
}

bool OneTimeSubscriptions::unsubscribed(mqtt::Tag tag) {
  return unsubscribing_.erase(tag) != 0;
}

std::vector<SubscribeHandler> OneTimeSubscriptions::link_down() {
  std::vector<SubscribeHandler> handlers;
  for (auto& [tag, handler] : std::exchange(subscribing_, {})) {
    handlers.push_back(std::move(handler));
  }
  for (const auto& [tag, filters] : std::exchange(unsubscribing_, {})) {
    standing_.insert(filters.begin(), filters.end());
  }
  return handlers;
}

OneTimeSubscriptions::Filters OneTimeSubscriptions::link_up(bool session_present) {
  const auto standing = std::exchange(standing_, {});
  return session_present ? Filters(standing.begin(), standing.end()) : Filters{};
}

}  // namespace lobbyd::upstream
