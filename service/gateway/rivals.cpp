#include "service/gateway/rivals.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace lobbyd::gateway {

std::chrono::milliseconds Rivals::Rivalry::wait() const {
  if (takeovers < tolerated) {
    return std::chrono::milliseconds(0);
  }
  return std::min(first_wait * (1U << std::min(takeovers - tolerated, 10U)), longest_wait);
}

void Rivals::note(const std::string& client_id, TimePoint now) {
  if (rivalries_.size() >= most) {
    std::erase_if(rivalries_, [now](const auto& item) { return item.second.is_over(now); });
    if (rivalries_.size() >= most) {
      return;
    }
  }
  Rivalry& rivalry = rivalries_[client_id];
  if (rivalry.is_over(now)) {
    rivalry.takeovers = 0;
  }
  rivalry.last = now;
  if (++rivalry.takeovers == tolerated) {
    spdlog::warn(
        "connections take the client id \"{}\" over from each other all the time: each has to wait longer from now on",
        client_id);
  }
}

std::chrono::milliseconds Rivals::wait(const std::string& client_id, TimePoint now) const {
  const auto found = rivalries_.find(client_id);
  return found == rivalries_.end() || found->second.is_over(now) ? std::chrono::milliseconds(0) : found->second.wait();
}

}  // namespace lobbyd::gateway
