#include "service/hub/client.hpp"

#include <utility>

namespace lobbyd::hub {

bool HoldBack::keep(const Delivery& delivery, std::size_t max_messages, std::size_t max_bytes) {
  kept_.push_back(delivery);
  bytes_ += delivery.message->weight();
  return kept_.size() < max_messages && bytes_ < max_bytes;
}

std::unordered_set<std::string_view> HoldBack::newer_topics(bool retain_as_published) const {
  std::unordered_set<std::string_view> topics;
  for (const Delivery& kept : kept_) {
    if (!retain_as_published || kept.message->retain()) {
      topics.insert(kept.message->topic());
    }
  }
  return topics;
}

std::vector<Delivery> HoldBack::take() {
  bytes_ = 0;
  return std::exchange(kept_, {});
}

}  // namespace lobbyd::hub
