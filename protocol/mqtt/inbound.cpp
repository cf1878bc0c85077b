#include "protocol/mqtt/inbound.hpp"

#include <algorithm>

namespace lobbyd::mqtt {

void Inbound::link_up(std::size_t receive_maximum, bool session_present, bool session_kept) {
  receive_maximum_ = receive_maximum;
  if (!session_present) messages_.clear();
  for (auto& [packet_id, message] : messages_) message.doubtful = message.doubtful || !session_kept;
}

void Inbound::link_lost() {
  puback_order_.clear();
  pubrec_order_.clear();
  std::erase_if(messages_, [](const auto& entry) { return !entry.second.recorded; });
  for (auto& [packet_id, message] : messages_) {
    message.stage = Stage::answered;
    message.on_link = false;
  }
  on_link_ = 0;
}

Inbound::Arrival Inbound::on_publish(QoS qos, std::uint16_t packet_id, bool duplicate) {
  if (const auto known = messages_.find(packet_id); known != messages_.end()) {
    if (!is_forgotten(known->second, qos, duplicate)) return on_known(known->second, qos, packet_id);
    messages_.erase(known);
  }
  if (on_link_ >= receive_maximum_) return Arrival::over_receive_maximum;
  messages_.emplace(packet_id, Message{.qos = qos, .on_link = true});
  order_of(qos).push_back(packet_id);
  ++on_link_;
  return Arrival::fresh;
}

bool Inbound::is_forgotten(const Message& message, QoS qos, bool duplicate) {
  return !message.on_link && (message.qos != qos || (message.doubtful && !duplicate));
}

Inbound::Arrival Inbound::on_known(Message& message, QoS qos, std::uint16_t packet_id) {
  if (message.qos != qos) return Arrival::packet_id_in_use;
  if (!message.on_link) {
    if (on_link_ >= receive_maximum_) return Arrival::over_receive_maximum;
    message.on_link = true;
    message.doubtful = false;
    ++on_link_;
  }
  if (message.stage == Stage::answered) {
    message.stage = Stage::acknowledged;
    order_of(qos).push_back(packet_id);
  }
  return Arrival::repeated;
}

void Inbound::acknowledge(std::uint16_t packet_id) {
  const auto found = messages_.find(packet_id);
  if (found == messages_.end() || found->second.stage != Stage::reported) return;
  found->second.stage = Stage::acknowledged;
  found->second.recorded = found->second.qos == QoS::exactly_once;
}

Inbound::Release Inbound::on_pubrel(std::uint16_t packet_id) {
  const auto found = messages_.find(packet_id);
  if (found == messages_.end() || found->second.qos != QoS::exactly_once) return Release::unknown;
  switch (found->second.stage) {
    case Stage::reported:
      return Release::premature;
    case Stage::acknowledged:
      // A repeated PUBLISH whose PUBREC waits for its turn, while the PUBREL answers an earlier PUBREC.
      std::erase(pubrec_order_, packet_id);
      break;
    case Stage::answered:
      break;
  }
  erase(packet_id);
  return Release::released;
}

std::optional<Inbound::Answer> Inbound::next_answer() {
  if (const auto puback = next_answer(QoS::at_least_once)) return puback;
  return next_answer(QoS::exactly_once);
}

std::optional<Inbound::Answer> Inbound::next_answer(QoS qos) {
  Order& order = order_of(qos);
  if (order.empty()) return std::nullopt;
  const std::uint16_t packet_id = order.front();
  Message& message = messages_.at(packet_id);
  if (message.stage != Stage::acknowledged) return std::nullopt;
  order.pop_front();
  if (qos == QoS::at_least_once) {
    erase(packet_id);
  } else {
    message.stage = Stage::answered;
  }
  return Answer{.qos = qos, .packet_id = packet_id};
}

void Inbound::erase(std::uint16_t packet_id) {
  const auto found = messages_.find(packet_id);
  if (found->second.on_link) --on_link_;
  messages_.erase(found);
}

}  // namespace lobbyd::mqtt
