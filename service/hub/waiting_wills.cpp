#include "service/hub/waiting_wills.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

void WaitingWills::add(TimePoint due, Will will) {
  bytes_ += will.message.weight();
  std::string client_id = will.client->id;
  by_client_.emplace(std::move(client_id), wills_.emplace(due, std::move(will)));
}

std::optional<WaitingWills::Will> WaitingWills::take_due(TimePoint now) {
  const bool too_many = wills_.size() > limits_.wills || bytes_ > limits_.bytes;
  if (wills_.empty() || (wills_.begin()->first > now && !too_many)) {
    return std::nullopt;
  }
  return take(wills_.begin());
}

std::vector<WaitingWills::Will> WaitingWills::cancel(const std::string& client_id) {
  std::vector<Will> cancelled;
  for (auto found = by_client_.find(client_id); found != by_client_.end(); found = by_client_.find(client_id)) {
    cancelled.push_back(take(found->second));
  }
  return cancelled;
}

WaitingWills::Will WaitingWills::take(Wills::iterator will) {
  const auto [first, last] = by_client_.equal_range(will->second.client->id);
  by_client_.erase(std::find_if(first, last, [will](const auto& entry) { return entry.second == will; }));
  Will taken = std::move(will->second);
  wills_.erase(will);
  bytes_ -= taken.message.weight();
  return taken;
}

}  // namespace lobbyd::hub
