#include "tests/unit/mqtt/model_broker.hpp"

#include "protocol/mqtt/decode_error.hpp"
#include "protocol/mqtt/encoder.hpp"
#include "tests/unit/mqtt/text_words.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::mqtt::test {

std::string_view topic_of(NumberedMessage message) {
  return model_topics[message.number % model_topics.size()];
}

void ModelBroker::link_up(Limits limits) {
  limits_ = limits;
  unanswered_.clear();
  client_aliases_.clear();
  own_aliases_.clear();
  for (auto& order : awaiting_answer_) order.clear();
}

void ModelBroker::link_lost() {
  is_connected_ = false;
  input_.clear();
  output_.clear();
  for (Sent& sent : sent_) sent.on_link = false;
}

void ModelBroker::lose_session() {
  has_session_ = false;
  received_.clear();
  sent_.clear();
}

void ModelBroker::receive(std::string_view bytes) {
  input_ += bytes;
  std::size_t used = 0;
  while (true) {
    const std::string_view rest = std::string_view(input_).substr(used);
    const auto header = read_fixed_header(rest, std::numeric_limits<std::uint32_t>::max());
    complain_unless(header.has_value(), "a malformed header");
    if (!header || !*header || rest.size() < (*header)->packet_size()) break;
    handle(**header, rest.substr((*header)->size));
    used += (*header)->packet_size();
  }
  input_.erase(0, used);
}

std::string ModelBroker::take_output() {
  return std::exchange(output_, {});
}

void ModelBroker::send(NumberedMessage message) {
  waiting_.push_back(message);
  send_waiting();
}

void ModelBroker::handle(const FixedHeader& header, std::string_view body) {
  const auto packet = decoder_.decode(header, body);
  if (!packet) return complain_unless(false, describe(packet.error()));
  complain_unless(is_connected_ != std::holds_alternative<Connect>(*packet), "CONNECT not first, or twice");
  std::visit([this](const auto& decoded) { this->on_packet(decoded); }, *packet);
}

void ModelBroker::on_packet(const Connect& connect) {
  version_ = connect.version;
  is_connected_ = true;
  is_resumed_ = has_session_ && !connect.clean_start;
  if (!is_resumed_) lose_session();
  has_session_ = true;
  constexpr std::uint16_t no_maximum = 65'535;
  client_receive_maximum_ = version_ == Version::v5 ? connect.receive_maximum.value_or(no_maximum) : no_maximum;
  client_alias_maximum_ = connect.topic_alias_maximum;

  Connack connack;
  connack.session_present = is_resumed_;
  connack.receive_maximum = limits_.receive_maximum;
  connack.topic_alias_maximum = limits_.topic_alias_maximum;
  write(connack);
  for (const Sent& sent : sent_) {
    if (!sent.released) continue;
    Pubrel pubrel;
    pubrel.packet_id = sent.packet_id;
    write(pubrel);
  }
  send_waiting();
}

void ModelBroker::on_packet(const Publish& publish) {
  if (publish.qos == QoS::at_most_once) return accept(publish);
  complain_unless(!publish.duplicate || is_resumed_, "DUP in a session that is new");
  unanswered_.insert(publish.packet_id);
  if (version_ == Version::v5)
    complain_unless(unanswered_.size() <= limits_.receive_maximum, "over the receive maximum");
  if (publish.qos == QoS::at_least_once) {
    complain_unless(!received_.contains(publish.packet_id), "a packet identifier in use at QoS 2 comes at QoS 1");
    accept(publish);
    unanswered_.erase(publish.packet_id);
    Puback puback;
    puback.packet_id = publish.packet_id;
    return write(puback);
  }
  const bool is_new = received_.insert(publish.packet_id).second;
  complain_unless(is_new || publish.duplicate, "a packet identifier in use comes without DUP");
  if (is_new) {
    accept(publish);
  } else {
    resolve(publish);
  }
  Pubrec pubrec;
  pubrec.packet_id = publish.packet_id;
  write(pubrec);
}

void ModelBroker::on_packet(const Pubrel& pubrel) {
  const bool known = received_.erase(pubrel.packet_id) != 0;
  unanswered_.erase(pubrel.packet_id);
  Pubcomp pubcomp;
  pubcomp.packet_id = pubrel.packet_id;
  if (!known) pubcomp.reason = ReasonCode::packet_identifier_not_found;
  write(pubcomp);
}

void ModelBroker::on_packet(const Puback& puback) {
  check_answer_order(QoS::at_least_once, puback.packet_id);
  finish(puback.packet_id);
}

void ModelBroker::on_packet(const Pubrec& pubrec) {
  check_answer_order(QoS::exactly_once, pubrec.packet_id);
  Sent* const sent = find_sent(pubrec.packet_id);
  if (sent == nullptr) return complain_unless(false, "PUBREC for an unknown packet identifier");
  complain_unless(!sent->released, "PUBREC twice");
  sent->released = true;
  Pubrel pubrel;
  pubrel.packet_id = pubrec.packet_id;
  write(pubrel);
}

void ModelBroker::on_packet(const Pubcomp& pubcomp) {
  finish(pubcomp.packet_id);
}

template <class Packet>
void ModelBroker::on_packet(const Packet&) {
  complain_unless(false, "a packet that has no place in this simulation");
}

std::string_view ModelBroker::resolve(const Publish& publish) {
  if (!publish.topic_alias) return publish.topic;
  complain_unless(*publish.topic_alias <= limits_.topic_alias_maximum, "an alias over the maximum");
  std::string& topic = client_aliases_[*publish.topic_alias];
  if (!publish.topic.empty()) topic = publish.topic;
  complain_unless(!topic.empty(), "an alias without a topic");
  return topic;
}

void ModelBroker::accept(const Publish& publish) {
  const auto number = number_from<unsigned>(publish.payload);
  complain_unless(resolve(publish) == topic_of({.number = number}), "a message under another topic");
  accepted_[static_cast<std::size_t>(publish.qos)].push_back(number);
}

void ModelBroker::check_answer_order(QoS qos, std::uint16_t packet_id) {
  auto& order = awaiting_answer_[static_cast<std::size_t>(qos)];
  const bool is_next = !order.empty() && order.front() == packet_id;
  complain_unless(is_next, "PUBACK or PUBREC out of order");
  if (is_next) order.pop_front();
}

ModelBroker::Sent* ModelBroker::find_sent(std::uint16_t packet_id) {
  const auto found = std::ranges::find(sent_, packet_id, &Sent::packet_id);
  return found == sent_.end() ? nullptr : &*found;
}

void ModelBroker::finish(std::uint16_t packet_id) {
  const auto count = std::erase_if(sent_, [packet_id](const Sent& sent) { return sent.packet_id == packet_id; });
  complain_unless(count == 1, "PUBACK or PUBCOMP for an unknown packet identifier");
  send_waiting();
}

void ModelBroker::write_publish(Sent& sent, bool duplicate) {
  const std::string payload = std::to_string(sent.message.number);
  const std::string_view topic = topic_of(sent.message);
  Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.qos = sent.message.qos;
  publish.packet_id = sent.packet_id;
  publish.duplicate = duplicate;
  const auto alias = static_cast<std::uint16_t>(1 + sent.message.number % model_topics.size());
  if (alias <= client_alias_maximum_) {
    publish.topic_alias = alias;
    if (!own_aliases_.insert(topic).second) publish.topic = {};
  }
  sent.on_link = true;
  if (sent.packet_id != 0) awaiting_answer_[static_cast<std::size_t>(publish.qos)].push_back(sent.packet_id);
  write(publish);
}

bool ModelBroker::has_room() const {
  const auto on_link = std::ranges::count_if(sent_, [](const Sent& sent) { return sent.on_link; });
  return is_connected_ && static_cast<std::size_t>(on_link) < client_receive_maximum_;
}

// First what the last connection has left, then what is new.
void ModelBroker::send_waiting() {
  for (Sent& sent : sent_) {
    if (sent.on_link || sent.released) continue;
    if (!has_room()) return;
    write_publish(sent, true);
  }
  while (has_room() && !waiting_.empty()) {
    Sent sent{.message = waiting_.front()};
    waiting_.pop_front();
    if (sent.message.qos == QoS::at_most_once) {
      write_publish(sent, false);
      continue;
    }
    do {
      ++last_packet_id_;
    } while (last_packet_id_ == 0 || find_sent(last_packet_id_) != nullptr);
    sent.packet_id = last_packet_id_;
    write_publish(sent, false);
    sent_.push_back(sent);
  }
}

template <class Packet>
void ModelBroker::write(const Packet& packet) {
  const auto encoded = encode(packet, version_, output_);
  complain_unless(encoded.has_value(), "the broker cannot encode its packet");
}

void ModelBroker::complain_unless(bool condition, std::string_view complaint) {
  if (!condition) complaints_.emplace_back(complaint);
}

}  // namespace lobbyd::mqtt::test
