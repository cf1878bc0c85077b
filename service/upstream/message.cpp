#include "service/upstream/message.hpp"

#include <cstddef>

namespace lobbyd::upstream {
namespace {

std::size_t size_of(const std::optional<std::string>& text) {
  return text ? text->size() : 0;
}

}  // namespace

std::size_t Message::weight() const {
  // The object itself counts, too, so that a flood of empty messages has a weight.
  std::size_t sum = sizeof(Message) + topic.size() + payload.size() + size_of(content_type) + size_of(response_topic) +
                    size_of(correlation_data);
  for (const auto& [key, value] : user_properties) {
    sum += sizeof(user_properties.front()) + key.size() + value.size();
  }
  return sum;
}

}  // namespace lobbyd::upstream
