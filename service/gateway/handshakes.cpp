#include "service/gateway/handshakes.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::gateway {

bool Handshakes::add(std::weak_ptr<HttpConnection> connection) {
  forget_ended();
  bool ended_another = false;
  if (open_.size() >= max_) {
    if (const auto oldest = open_.front().lock()) {
      oldest->abort();
      ended_another = true;
    }
    open_.pop_front();
  }
  open_.push_back(std::move(connection));
  return ended_another;
}

void Handshakes::forget_ended() {
  while (!open_.empty() && open_.front().expired()) {
    open_.pop_front();
  }
  if (open_.size() >= max_) {
    std::erase_if(open_, [](const auto& connection) { return connection.expired(); });
  }
}

}  // namespace lobbyd::gateway
