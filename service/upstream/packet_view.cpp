#include "service/upstream/packet_view.hpp"

#include "service/upstream/message.hpp"

namespace lobbyd::upstream {

const mqtt::Publish& PacketView::of(const Message& message, std::chrono::steady_clock::time_point now) {
  user_properties_.clear();
  for (const auto& [key, value] : message.user_properties) {
    user_properties_.push_back({key, value});
  }
  packet_ = mqtt::Publish{};
  packet_.topic = message.topic;
  packet_.payload = message.payload;
  packet_.qos = message.qos;
  packet_.retain = message.retain;
  if (message.expiry) {
    packet_.properties.message_expiry = message.expiry->seconds_left(now);
  }
  packet_.properties.content_type = message.content_type;
  packet_.properties.response_topic = message.response_topic;
  packet_.properties.correlation_data = message.correlation_data;
  packet_.properties.user_properties = user_properties_;
  return packet_;
}

}  // namespace lobbyd::upstream
