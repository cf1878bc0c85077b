#include "service/gateway/presentation.hpp"

#include "protocol/api/results.hpp"

#include <memory>
#include <string>
#include <utility>

namespace lobbyd::gateway {

Frame text_frame(std::string_view text, const Presentation& presentation) {
  std::string frame = websocket::encode_frame(websocket::Opcode::text, text);
  if (presentation.deflater != nullptr) {
    if (auto compressed = presentation.deflater->compress(frame)) {
      frame = std::move(*compressed);
    }
  }
  return std::make_shared<const std::string>(std::move(frame));
}

Frame notification_frame(std::string_view text, const Presentation& presentation) {
  return text.size() > presentation.max_frame_bytes ? nullptr : text_frame(text, presentation);
}

Frame too_large_frame(std::string_view method, std::string_view topic, std::size_t bytes,
                      const Presentation& presentation) {
  api::TooLargeNotification notification{.method = std::string(method), .topic = std::string(topic), .bytes = bytes};
  if (Frame frame = notification_frame(api::write_notification(notification), presentation)) {
    return frame;
  }
  notification.topic.reset();
  return notification_frame(api::write_notification(notification), presentation);
}

Outbox::Class class_of(const hub::Delivery& delivery) {
  if (delivery.retained) {
    return Outbox::Class::retained;
  }
  if (delivery.mode == api::Delivery::latest) {
    return Outbox::Class::latest;
  }
  return delivery.qos == mqtt::QoS::at_most_once ? Outbox::Class::droppable : Outbox::Class::reliable;
}

}  // namespace lobbyd::gateway
