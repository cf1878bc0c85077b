#pragma once

// How a client takes what the hub has for it: the frames, their classes, and what stands for a message that is too
// large for it.

#include "protocol/api/params.hpp"
#include "protocol/websocket/deflate.hpp"
#include "protocol/websocket/frame.hpp"
#include "service/gateway/outbox.hpp"
#include "service/hub/hub.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lobbyd::gateway {

struct Presentation {
  api::PayloadForm payloads = api::PayloadForm::automatic;
  std::size_t max_frame_bytes = api::default_client_message_bytes;
  websocket::Deflater* deflater = nullptr;  // null for a client that takes plain frames alone
};

// A whole text frame, however large.
Frame text_frame(std::string_view text, const Presentation& presentation);
// Null where it would be larger than the client takes.
Frame notification_frame(std::string_view text, const Presentation& presentation);
// The notification `too_large`, without the topic where that does not fit.
Frame too_large_frame(std::string_view method, std::string_view topic, std::size_t bytes,
                      const Presentation& presentation);

Outbox::Class class_of(const hub::Delivery& delivery);

// Calls `send`, which takes what Connection::send takes, with each frame that the client gets.
template <class Send>
void present(const hub::Delivery& delivery, const Presentation& presentation, const Send& send) {
  const hub::Message& message = *delivery.message;
  const auto now = message.expires() ? std::chrono::steady_clock::now() : hub::Message::TimePoint{};
  if (message.expired(now)) {
    return;
  }
  hub::Message::View view{.qos = delivery.qos, .retained = delivery.retained, .form = presentation.payloads};
  const Frame& plain = message.frame(view, now);
  const auto count = static_cast<std::uint32_t>(message.count());
  if (count > 1 && (delivery.mode == api::Delivery::latest || plain->size() > presentation.max_frame_bytes)) {
    hub::Delivery one = delivery;
    for (const hub::MessagePtr& part : message.parts()) {
      one.message = part;
      present(one, presentation, send);
    }
    return;
  }
  if (const std::size_t size = websocket::first_payload(*plain).size(); size > presentation.max_frame_bytes) {
    send(too_large_frame("message", message.topic(), size, presentation), class_of(delivery), delivery.filter,
         message.topic(), std::uint32_t{0});
    return;
  }
  view.deflater = presentation.deflater;
  const Frame& frame = presentation.deflater != nullptr ? message.frame(view, now) : plain;
  send(frame, class_of(delivery), delivery.filter, message.topic(), count);
}

// The same for a notification of a service; `send` takes no filter.
template <class Send>
void present(const hub::Notice& notice, const Presentation& presentation, const Send& send) {
  const bool latest = notice.mode() == api::Delivery::latest;
  const Outbox::Class frame_class = latest ? Outbox::Class::latest : Outbox::Class::reliable;
  if (notice.bytes() > presentation.max_frame_bytes) {
    send(too_large_frame(notice.method(), {}, notice.bytes(), presentation), frame_class, notice.subject(),
         std::uint32_t{0});
  } else {
    send(notice.frame(presentation.deflater), frame_class, notice.subject(), std::uint32_t{1});
  }
}

}  // namespace lobbyd::gateway
