// What the application asks for.

#include "protocol/mqtt/client_implementation.hpp"
#include "protocol/mqtt/server_limits.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lobbyd::mqtt {

std::string_view describe(CommandError error) {
  switch (error) {
    case CommandError::not_connected:
      return "there is no session with the broker";
    case CommandError::quota_exceeded:
      return "too many messages are waiting for the broker's answer";
    case CommandError::packet_too_large:
      return "the packet is larger than the broker takes";
    case CommandError::qos_not_supported:
      return "the broker does not support this QoS";
    case CommandError::retain_not_supported:
      return "the broker does not support retained messages";
    case CommandError::malformed:
      return "a topic, filter or property is not what MQTT can carry";
    case CommandError::subscription_not_supported:
      return "the broker does not support this kind of subscription";
  }
  return "unknown";
}

std::expected<void, CommandError> Client::Implementation::publish(const Publish& message, Tag tag) {
  if (state_ != State::connected) return std::unexpected(CommandError::not_connected);
  if (auto checked = check_publish(message, limits_); !checked) return checked;
  Publish packet = message;
  packet.packet_id = 0;
  packet.duplicate = false;
  packet.topic_alias.reset();
  packet.subscription_ids = {};
  if (packet.qos == QoS::at_most_once) {
    auto written = writer_.publish(packet);
    if (written) keep_alive_.on_sent(now_);
    return written;
  }

  if (send_quota() == 0) return std::unexpected(CommandError::quota_exceeded);
  const auto packet_id = packet_ids_.take();
  if (!packet_id) return std::unexpected(CommandError::quota_exceeded);
  packet.packet_id = *packet_id;
  auto sent = send_first_time(packet, tag);
  if (!sent) packet_ids_.release(*packet_id);
  return sent;
}

std::expected<void, CommandError> Client::Implementation::send_first_time(const Publish& message, Tag tag) {
  auto content = StoredPublish::make(message);
  if (!content) return std::unexpected(command_error_of(content.error()));
  if (auto written = writer_.publish(message); !written) return written;
  keep_alive_.on_sent(now_);
  outbound_.add(message, std::move(*content), tag, now_);
  return {};
}

std::expected<void, CommandError> Client::Implementation::subscribe(std::span<const Subscription> subscriptions,
                                                                    std::optional<std::uint32_t> subscription_id,
                                                                    Tag tag) {
  if (state_ != State::connected) return std::unexpected(CommandError::not_connected);
  if (auto checked = check_subscribe(subscriptions, subscription_id, limits_); !checked) return checked;
  Subscribe packet;
  packet.subscriptions = subscriptions;
  packet.subscription_id = subscription_id;
  return send_request(packet,
                      {.answer = PacketType::suback, .tag = tag, .filters = subscriptions.size(), .sent = now_});
}

std::expected<void, CommandError> Client::Implementation::unsubscribe(std::span<const std::string_view> filters,
                                                                      Tag tag) {
  if (state_ != State::connected) return std::unexpected(CommandError::not_connected);
  if (auto checked = check_unsubscribe(filters); !checked) return checked;
  Unsubscribe packet;
  packet.filters = filters;
  return send_request(packet, {.answer = PacketType::unsuback, .tag = tag, .filters = filters.size(), .sent = now_});
}

template <class Packet>
std::expected<void, CommandError> Client::Implementation::send_request(Packet packet,
                                                                       const Requests::Request& request) {
  const auto packet_id = packet_ids_.take();
  if (!packet_id) return std::unexpected(CommandError::quota_exceeded);
  packet.packet_id = *packet_id;
  auto written = writer_.request(packet);
  if (written) {
    requests_.add(*packet_id, request);
    keep_alive_.on_sent(now_);
  } else {
    packet_ids_.release(*packet_id);
  }
  return written;
}

void Client::Implementation::acknowledge(std::uint16_t packet_id) {
  if (state_ != State::connected) return;
  inbound_.acknowledge(packet_id);
  write_answers();
}

std::size_t Client::Implementation::window() const {
  return std::min(version_ == Version::v5 ? limits_.receive_maximum : options_.limits_3_1_1.receive_maximum,
                  options_.send_maximum);
}

std::size_t Client::Implementation::send_quota() const {
  return state_ == State::connected ? outbound_.quota(window()) : 0;
}

std::vector<Tag> Client::Implementation::abandon_in_flight() {
  auto tags = outbound_.abandon();
  if (state_ == State::connected) write_due();
  return tags;
}

// It fits: what the server of this connection cannot take was given up when the session was resumed.
void Client::Implementation::write_due() {
  while (const auto due = outbound_.next_due(window(), now_)) {
    if (due->action == Redo::pubrel) {
      write_reply<Pubrel>(due->packet_id);
    } else if (writer_.publish(due->message)) {
      keep_alive_.on_sent(now_);
    } else {
      throw std::logic_error("a message in flight cannot be encoded again");
    }
  }
}

}  // namespace lobbyd::mqtt
