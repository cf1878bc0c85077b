#include "service/gateway/threads/orders.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::gateway {

namespace {

// A message has few forms that its receivers ask for, and they come in any order.
constexpr std::size_t looked_back = 6;

}  // namespace

std::uint32_t Orders::send(ConnectionSlot slot, std::uint32_t behind, const Frame& frame, Outbox::Class frame_class,
                           const FilterName& filter, std::string_view topic, std::uint32_t messages) {
  const auto receiver = static_cast<std::uint32_t>(receivers_.size());
  receivers_.push_back({slot, no_receiver});
  std::uint32_t found_at = 0;
  if (Send* same = find(behind, frame, frame_class, filter, found_at)) {
    receivers_[std::exchange(same->last, receiver)].next = receiver;
    return found_at + 1;
  }
  weight_ += weight_of_one + frame->size();
  orders_.emplace_back(Send{.frame = frame,
                            .filter = filter,
                            .topic = std::string(frame_class == Outbox::Class::latest ? topic : std::string_view()),
                            .messages = messages,
                            .frame_class = frame_class,
                            .first = receiver,
                            .last = receiver});
  return static_cast<std::uint32_t>(orders_.size());
}

// A frame is one message, or several joined: with the same class and filter it stands for the same topic and number.
Orders::Send* Orders::find(std::uint32_t behind, const Frame& frame, Outbox::Class frame_class,
                           const FilterName& filter, std::uint32_t& found_at) {
  const std::size_t end = orders_.size();
  const std::size_t begin = std::max<std::size_t>(behind, end > looked_back ? end - looked_back : 0);
  for (std::size_t index = end; index > begin; --index) {
    Send* const earlier = std::get_if<Send>(&orders_[index - 1]);
    if (earlier != nullptr && earlier->frame == frame && earlier->frame_class == frame_class &&
        earlier->filter == filter) {
      found_at = static_cast<std::uint32_t>(index - 1);
      return earlier;
    }
  }
  return nullptr;
}

}  // namespace lobbyd::gateway
