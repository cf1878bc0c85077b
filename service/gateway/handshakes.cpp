#include "service/gateway/handshakes.hpp"

#include <utility>

namespace lobbyd::gateway {

bool Handshakes::add(std::shared_ptr<HttpConnection> connection) {
  const bool full = open_.size() >= max_;
  if (full) {
    const auto oldest = open_.front();
    oldest->abort();
  }
  const auto place = open_.insert(open_.end(), std::move(connection));
  (*place)->when_over([this, place] { open_.erase(place); });
  return full;
}

}  // namespace lobbyd::gateway
