#include "tests/unit/simulation/model_connection.hpp"

#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/packet_text.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace lobbyd::simulation {

using namespace mqtt;

ModelConnection::ModelConnection(Surroundings surroundings, ModelLimits limits)
    : session_(surroundings.session),
      records_(surroundings.records),
      journal_(surroundings.journal),
      dice_(surroundings.dice),
      limits_(limits) {}

bool ModelConnection::receive(std::string_view bytes) {
  input_ += bytes;
  std::size_t used = 0;
  while (!is_over_) {
    const std::string_view rest = std::string_view(input_).substr(used);
    const auto header = read_fixed_header(rest, std::numeric_limits<std::uint32_t>::max());
    journal_.expect(header.has_value(), "a malformed header");
    if (!header || !*header || rest.size() < (*header)->packet_size()) break;
    handle(**header, rest.substr((*header)->size, (*header)->remaining_length));
    used += (*header)->packet_size();
  }
  input_.erase(0, used);
  return !is_over_;
}

std::string ModelConnection::take_output() {
  return std::exchange(output_, {});
}

void ModelConnection::handle(const FixedHeader& header, std::string_view body) {
  const auto packet = decoder_.decode(header, body);
  if (!packet) return journal_.expect(false, describe(packet.error()));
  if (journal_.is_open()) journal_.note("  broker got " + test::to_text(*packet));
  journal_.expect(is_connected_ != std::holds_alternative<Connect>(*packet), "CONNECT is not first, or comes twice");
  if (is_connected_ && !std::exchange(session_.is_in_use, true)) send_waiting();
  std::visit([this](const auto& decoded) { this->on_packet(decoded); }, *packet);
}

// Sessions ----------------------------------------------------------------------------------------------------

void ModelConnection::on_packet(const Connect& connect) {
  constexpr std::uint16_t no_maximum = 65'535;
  version_ = connect.version;
  decoder_.set_version(version_);
  Connack connack;
  connack.reason = limits_.refusal;
  if (is_failure(connack.reason)) {
    is_over_ = true;
    return write(connack);
  }
  is_connected_ = true;
  open_session(connect.clean_start);
  const bool is_5 = version_ == Version::v5;
  client_receive_maximum_ = is_5 ? connect.receive_maximum.value_or(no_maximum) : no_maximum;
  client_alias_maximum_ = connect.topic_alias_maximum;
  keep_alive_ = std::chrono::seconds(is_5 ? limits_.keep_alive.value_or(connect.keep_alive) : connect.keep_alive);

  connack.session_present = is_resumed_;
  if (limits_.receive_maximum != no_maximum) connack.receive_maximum = limits_.receive_maximum;
  connack.topic_alias_maximum = limits_.topic_alias_maximum;
  connack.server_keep_alive = limits_.keep_alive;
  write(connack);
  for (const ModelSession::Sent& sent : session_.sent) {
    if (sent.released) reply<Pubrel>(sent.packet_id);
  }
  send_waiting();
}

void ModelConnection::open_session(bool clean_start) {
  is_resumed_ = session_.exists && !clean_start;
  if (!is_resumed_) {
    if (session_.exists) ++records_.sessions_forgotten;
    session_ = {};
    session_.exists = true;
  }
  for (ModelSession::Sent& sent : session_.sent) sent.on_link = false;
}

void ModelConnection::disconnect(ReasonCode reason) {
  is_over_ = true;
  if (version_ == Version::v3_1_1 || !is_connected_) return;
  Disconnect packet;
  packet.reason = reason;
  write(packet);
}

void ModelConnection::on_packet(const Disconnect& disconnect) {
  journal_.expect(!is_failure(disconnect.reason), "the client finds fault with the broker");
  is_over_ = true;
}

void ModelConnection::on_packet(const Pingreq&) {
  write(Pingresp{});
}

void ModelConnection::on_packet(const Subscribe& subscribe) {
  std::vector<ReasonCode> reasons;
  for (const Subscription& subscription : subscribe.subscriptions) {
    session_.subscriptions[std::string(subscription.filter)] = subscription.qos;
    reasons.push_back(static_cast<ReasonCode>(subscription.qos));
  }
  Suback suback;
  suback.packet_id = subscribe.packet_id;
  suback.reasons = reasons;
  write(suback);
}

void ModelConnection::on_packet(const Unsubscribe& unsubscribe) {
  std::vector<ReasonCode> reasons;
  for (const std::string_view filter : unsubscribe.filters) {
    const bool existed = session_.subscriptions.erase(std::string(filter)) != 0;
    reasons.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
  }
  Unsuback unsuback;
  unsuback.packet_id = unsubscribe.packet_id;
  if (version_ == Version::v5) unsuback.reasons = reasons;
  write(unsuback);
}

template <class Packet>
void ModelConnection::on_packet(const Packet&) {
  journal_.expect(false, "a packet that no client may send");
}

// From the client ---------------------------------------------------------------------------------------------

void ModelConnection::on_packet(const Publish& publish) {
  const unsigned number = number_of(publish);
  if (publish.qos == QoS::at_most_once) return records_.accepted.add({publish.qos, number});
  check_repetition(publish, number);
  unanswered_.insert(publish.packet_id);
  if (version_ == Version::v5) {
    journal_.expect(unanswered_.size() <= limits_.receive_maximum, "more unanswered than the receive maximum");
  }
  if (refuses(publish)) {
    unanswered_.erase(publish.packet_id);
    records_.refused.insert(number);
    const auto reason = ReasonCode::quota_exceeded;
    return publish.qos == QoS::at_least_once ? reply<Puback>(publish.packet_id, reason)
                                             : reply<Pubrec>(publish.packet_id, reason);
  }
  if (publish.qos == QoS::at_least_once) {
    on_once_at_least(publish, number);
  } else {
    on_exactly_once(publish, number);
  }
}

unsigned ModelConnection::number_of(const Publish& publish) {
  std::string_view topic = publish.topic;
  if (publish.topic_alias) {
    journal_.expect(*publish.topic_alias <= limits_.topic_alias_maximum, "a topic alias over the maximum");
    std::string& known = client_aliases_[*publish.topic_alias];
    if (!topic.empty()) known = topic;
    topic = known;
  }
  const auto number = test::number_from<unsigned>(publish.payload);
  journal_.expect(topic == topic_of(number), "a message under another topic");
  return number;
}

// What comes again comes in its first order, before what is new, and marked (MQTT5 §3.3.1.1, §4.6).
void ModelConnection::check_repetition(const Publish& publish, unsigned number) {
  journal_.expect(!publish.duplicate || is_resumed_, "DUP in a session that is new");
  journal_.expect(publish.duplicate || !session_.seen.contains(number), "a repetition without DUP");
  journal_.expect(number > last_published_, "messages out of order on a connection");
  last_published_ = number;
  session_.seen.insert(number);
}

bool ModelConnection::refuses(const Publish& publish) {
  return limits_.refuses_some && version_ == Version::v5 && !session_.received.contains(publish.packet_id) &&
         dice_.one_in(10);
}

void ModelConnection::on_once_at_least(const Publish& publish, unsigned number) {
  journal_.expect(!session_.received.contains(publish.packet_id), "a packet identifier in use at QoS 2 comes at QoS 1");
  records_.accepted.add({publish.qos, number});
  unanswered_.erase(publish.packet_id);
  reply<Puback>(publish.packet_id);
}

void ModelConnection::on_exactly_once(const Publish& publish, unsigned number) {
  const auto [known, is_new] = session_.received.emplace(publish.packet_id, number);
  if (is_new) records_.accepted.add({publish.qos, number});
  journal_.expect(known->second == number, "a packet identifier in use comes with another message");
  reply<Pubrec>(publish.packet_id);
}

void ModelConnection::on_packet(const Pubrel& pubrel) {
  unanswered_.erase(pubrel.packet_id);
  const auto known = session_.received.find(pubrel.packet_id);
  if (known == session_.received.end()) {
    return reply<Pubcomp>(pubrel.packet_id, ReasonCode::packet_identifier_not_found);
  }
  const bool is_next = known->second > last_released_ || records_.client_abandons;
  journal_.expect(is_next, "PUBREL out of order on a connection");
  last_released_ = known->second;
  session_.received.erase(known);
  reply<Pubcomp>(pubrel.packet_id);
}

// To the client -----------------------------------------------------------------------------------------------

void ModelConnection::on_packet(const Puback& puback) {
  check_answer_order(QoS::at_least_once, puback.packet_id);
  finish(puback.packet_id, QoS::at_least_once);
}

void ModelConnection::on_packet(const Pubrec& pubrec) {
  check_answer_order(QoS::exactly_once, pubrec.packet_id);
  ModelSession::Sent* const sent = find_sent(pubrec.packet_id);
  if (sent == nullptr) return journal_.expect(false, "PUBREC for an unknown packet identifier");
  sent->released = true;
  reply<Pubrel>(pubrec.packet_id);
}

void ModelConnection::on_packet(const Pubcomp& pubcomp) {
  finish(pubcomp.packet_id, QoS::exactly_once);
}

void ModelConnection::check_answer_order(QoS qos, std::uint16_t packet_id) {
  auto& order = awaiting_answer_[static_cast<std::size_t>(qos)];
  const bool is_next = !order.empty() && order.front() == packet_id;
  journal_.expect(is_next, "PUBACK or PUBREC out of order, or for nothing");
  if (is_next) order.pop_front();
}

ModelSession::Sent* ModelConnection::find_sent(std::uint16_t packet_id) {
  const auto found = std::ranges::find(session_.sent, packet_id, &ModelSession::Sent::packet_id);
  return found == session_.sent.end() ? nullptr : &*found;
}

void ModelConnection::finish(std::uint16_t packet_id, QoS qos) {
  const ModelSession::Sent* const sent = find_sent(packet_id);
  const bool fits = sent != nullptr && sent->message.qos == qos && (qos == QoS::at_least_once || sent->released);
  journal_.expect(fits, "PUBACK or PUBCOMP for what does not wait for it");
  if (!fits) return;
  records_.finished.insert(sent->message.number);
  std::erase_if(session_.sent, [packet_id](const auto& entry) { return entry.packet_id == packet_id; });
  send_waiting();
}

bool ModelConnection::has_room() const {
  const auto on_link = std::ranges::count_if(session_.sent, &ModelSession::Sent::on_link);
  return is_connected_ && static_cast<std::size_t>(on_link) < client_receive_maximum_;
}

// First what the last connection has left, then what is new.
void ModelConnection::send_waiting() {
  for (ModelSession::Sent& sent : session_.sent) {
    if (sent.on_link || sent.released) continue;
    if (!has_room()) return;
    write_publish(sent, true);
  }
  while (session_.is_in_use && has_room() && !records_.waiting.empty()) {
    const Message message = records_.waiting.front();
    records_.waiting.pop_front();
    send_first_time(message);
  }
}

void ModelConnection::send_first_time(Message message) {
  ModelSession::Sent sent{.message = message};
  if (message.qos == QoS::at_most_once) return write_publish(sent, false);
  do {
    ++session_.last_packet_id;
  } while (session_.last_packet_id == 0 || find_sent(session_.last_packet_id) != nullptr);
  sent.packet_id = session_.last_packet_id;
  records_.begun[message.number] = records_.sessions_forgotten;
  write_publish(sent, false);
  session_.sent.push_back(sent);
}

void ModelConnection::write_publish(ModelSession::Sent& sent, bool duplicate) {
  const std::string payload = std::to_string(sent.message.number);
  const std::string_view topic = topic_of(sent.message.number);
  Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.qos = sent.message.qos;
  publish.packet_id = sent.packet_id;
  publish.duplicate = duplicate;
  const auto alias = static_cast<std::uint16_t>(1 + sent.message.number % topics.size());
  if (alias <= client_alias_maximum_) {
    publish.topic_alias = alias;
    if (!own_aliases_.insert(topic).second) publish.topic = {};
  }
  if (duplicate) records_.sent_again.insert(sent.message.number);
  sent.on_link = true;
  if (sent.packet_id != 0) awaiting_answer_[static_cast<std::size_t>(publish.qos)].push_back(sent.packet_id);
  write(publish);
}

template <class Reply>
void ModelConnection::reply(std::uint16_t packet_id, ReasonCode reason) {
  Reply packet;
  packet.packet_id = packet_id;
  packet.reason = reason;
  write(packet);
}

template <class Packet>
void ModelConnection::write(const Packet& packet) {
  journal_.expect(encode(packet, version_, output_).has_value(), "the model cannot encode its packet");
}

}  // namespace lobbyd::simulation
