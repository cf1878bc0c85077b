// Packets from the server.

#include "protocol/mqtt/client_implementation.hpp"
#include "protocol/mqtt/server_limits.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace lobbyd::mqtt {
namespace {

constexpr std::string_view connack_first = "MQTT5 §3.2: the first packet from a server has to be CONNACK";
constexpr std::string_view connack_twice = "MQTT5 §3.2: CONNACK came twice";
constexpr std::string_view connack_version = "MQTT5 §3.2: an MQTT 5 CONNECT was accepted by an MQTT 3.1.1 CONNACK";
constexpr std::string_view session_despite_clean_start =
    "MQTT5 §3.2.2.1.1: CONNACK says that there is a session, in answer to a clean start";
constexpr std::string_view alias_invalid = "MQTT5 §3.3.2.3.4: the topic alias is 0 or beyond the maximum";
constexpr std::string_view alias_unknown = "MQTT5 §3.3.2.3.4: the topic alias has no topic yet";
constexpr std::string_view over_receive_maximum =
    "MQTT5 §3.3.4: more QoS 1 and 2 messages are unanswered than the receive maximum allows";
constexpr std::string_view packet_id_in_use = "MQTT5 §2.2.1: the packet identifier is in use by another message";
constexpr std::string_view answer_out_of_order =
    "MQTT5 §4.3: the answer to a PUBLISH is not the one that its handshake has next";
constexpr std::string_view pubrel_premature = "MQTT5 §4.3.3: PUBREL came before PUBREC was sent";
constexpr std::string_view request_mismatch = "MQTT5 §3.9, §3.11: the answer does not fit the request";
constexpr std::string_view reason_count =
    "MQTT5 §3.9.3, §3.11.3: SUBACK or UNSUBACK has not one reason code for each filter";
constexpr std::string_view disconnect_in_3_1_1 = "MQTT3 §3.14: a server does not send DISCONNECT";
constexpr std::string_view auth_unasked = "MQTT5 §4.12: AUTH came though no extended authentication was asked for";
constexpr std::string_view client_packet = "MQTT5 §2.1.2: a packet that only a client may send";

std::string text_of(const std::optional<std::string_view>& text) {
  return std::string(text.value_or(""));
}

}  // namespace

std::size_t Client::Implementation::receive(std::string_view bytes, TimePoint now) {
  now_ = now;
  if (!bytes.empty()) keep_alive_.on_received(now);
  std::size_t used = 0;
  while (is_open()) {
    const auto packet_size = receive_packet(bytes.substr(used));
    if (!packet_size) return is_open() ? used : bytes.size();
    used += *packet_size;
  }
  return bytes.size();
}

std::optional<std::size_t> Client::Implementation::receive_packet(std::string_view bytes) {
  const auto header = read_fixed_header(bytes, options_.maximum_packet_size);
  if (!header) {
    fail_decoding(header.error());
    return std::nullopt;
  }
  if (!*header || bytes.size() < (*header)->packet_size()) return std::nullopt;
  const std::string_view body = bytes.substr((*header)->size, (*header)->remaining_length);
  if (state_ == State::connecting) {
    dispatch_connecting(**header, body);
  } else {
    dispatch(**header, body);
  }
  return (*header)->packet_size();
}

void Client::Implementation::fail_decoding(DecodeError error) {
  fail_protocol(reason_code(error), describe(error));
}

// A server of 3.1.1 alone refuses an MQTT 5 CONNECT in its own form, which is two bytes where MQTT 5 has three or
// more (MQTT3 §3.2).
void Client::Implementation::dispatch_connecting(const FixedHeader& header, std::string_view body) {
  constexpr std::uint32_t connack_size_3_1_1 = 2;
  if (header.type != PacketType::connack) return fail_protocol(ReasonCode::protocol_error, connack_first);
  if (header.remaining_length == connack_size_3_1_1) decoder_.set_version(Version::v3_1_1);
  dispatch(header, body);
}

void Client::Implementation::dispatch(const FixedHeader& header, std::string_view body) {
  if (header.type == PacketType::publish) {
    const auto publish = decoder_.decode_publish(header, body);
    return publish ? on_packet(*publish) : fail_decoding(publish.error());
  }
  const auto packet = decoder_.decode(header, body);
  if (!packet) return fail_decoding(packet.error());
  std::visit([this](const auto& decoded) { this->on_packet(decoded); }, *packet);
}

void Client::Implementation::on_packet(const Connack& connack) {
  if (state_ == State::connected) return fail_protocol(ReasonCode::protocol_error, connack_twice);
  if (is_failure(connack.reason)) {
    --unanswered_connects_;
    return fail({.kind = Failure::Kind::refused,
                 .reason = connack.reason,
                 .text = text_of(connack.reason_string),
                 .server_reference = text_of(connack.server_reference)});
  }
  if (decoder_.version() != version_) return fail_protocol(ReasonCode::protocol_error, connack_version);
  if (connack.session_present && clean_start_) {
    return fail_protocol(ReasonCode::protocol_error, session_despite_clean_start);
  }
  start_session(connack);
}

void Client::Implementation::start_session(const Connack& connack) {
  constexpr std::size_t no_receive_maximum = std::numeric_limits<std::uint16_t>::max();
  limits_ = limits_of(connack, version_, options_.keep_alive, options_.limits_3_1_1);
  if (!limits_.assigned_client_id.empty()) options_.client_id = limits_.assigned_client_id;
  limits_.session_kept = limits_.session_present && has_session_ && unanswered_connects_ == 1;
  unanswered_connects_ = 0;
  has_session_ = true;
  state_ = State::connected;
  writer_.set_limits(limits_.maximum_packet_size,
                     std::min(limits_.topic_alias_maximum, options_.outbound_topic_aliases));
  inbound_.link_up(version_ == Version::v5 ? options_.receive_maximum : no_receive_maximum, limits_.session_present,
                   limits_.session_kept);
  keep_alive_.start(limits_.keep_alive, now_);

  const Outbound::Resumption resumption = outbound_.resume(limits_, now_);
  for (const std::uint16_t packet_id : resumption.pubrels) write_reply<Pubrel>(packet_id);
  write_due();
  events_.on_connected(limits_);
  for (const Outbound::Answer& answer : resumption.answers) events_.on_published(answer.tag, answer.reason);
}

void Client::Implementation::on_packet(Publish publish) {
  if (publish.topic_alias) {
    const auto topic = inbound_aliases_.resolve(*publish.topic_alias, publish.topic);
    if (!topic) {
      const bool invalid = topic.error() == ReasonCode::topic_alias_invalid;
      return fail_protocol(topic.error(), invalid ? alias_invalid : alias_unknown);
    }
    publish.topic = *topic;
    publish.topic_alias.reset();
  }
  if (publish.qos == QoS::at_most_once) {
    events_.on_publish(publish);
  } else {
    deliver(publish);
  }
}

void Client::Implementation::deliver(const Publish& publish) {
  switch (inbound_.on_publish(publish.qos, publish.packet_id, publish.duplicate)) {
    case Inbound::Arrival::fresh:
      return events_.on_publish(publish);
    case Inbound::Arrival::repeated:
      return write_answers();
    case Inbound::Arrival::over_receive_maximum:
      return fail_protocol(ReasonCode::receive_maximum_exceeded, over_receive_maximum);
    case Inbound::Arrival::packet_id_in_use:
      return fail_protocol(ReasonCode::protocol_error, packet_id_in_use);
  }
}

void Client::Implementation::on_packet(const Puback& puback) {
  react(outbound_.on_puback(puback.packet_id, puback.reason), puback.packet_id);
}

void Client::Implementation::on_packet(const Pubrec& pubrec) {
  react(outbound_.on_pubrec(pubrec.packet_id, pubrec.reason, now_), pubrec.packet_id);
}

void Client::Implementation::on_packet(const Pubcomp& pubcomp) {
  react(outbound_.on_pubcomp(pubcomp.packet_id), pubcomp.packet_id);
}

void Client::Implementation::react(const Outbound::Reaction& reaction, std::uint16_t packet_id) {
  switch (reaction.kind) {
    case Outbound::Reaction::Kind::nothing:
      return;
    case Outbound::Reaction::Kind::pubrel:
      return write_reply<Pubrel>(packet_id, reaction.pubrel_reason);
    case Outbound::Reaction::Kind::violation:
      return fail_protocol(ReasonCode::protocol_error, answer_out_of_order);
    case Outbound::Reaction::Kind::ended:
      write_due();
      if (reaction.answer) events_.on_published(reaction.answer->tag, reaction.answer->reason);
  }
}

void Client::Implementation::on_packet(const Pubrel& pubrel) {
  switch (inbound_.on_pubrel(pubrel.packet_id)) {
    case Inbound::Release::released:
      write_reply<Pubcomp>(pubrel.packet_id);
      return write_answers();
    case Inbound::Release::unknown:
      return write_reply<Pubcomp>(pubrel.packet_id, ReasonCode::packet_identifier_not_found);
    case Inbound::Release::premature:
      return fail_protocol(ReasonCode::protocol_error, pubrel_premature);
  }
}

void Client::Implementation::on_packet(const Suback& suback) {
  const auto request = take_request(suback.packet_id, PacketType::suback, suback.reasons.size());
  if (request) events_.on_subscribed(request->tag, suback.reasons);
}

// An UNSUBACK of MQTT 3.1.1 has no reasons: it always means success (MQTT3 §3.11).
void Client::Implementation::on_packet(const Unsuback& unsuback) {
  const bool has_reasons = version_ == Version::v5;
  const auto count = has_reasons ? std::optional(unsuback.reasons.size()) : std::nullopt;
  const auto request = take_request(unsuback.packet_id, PacketType::unsuback, count);
  if (!request) return;
  if (has_reasons) return events_.on_unsubscribed(request->tag, unsuback.reasons);
  events_.on_unsubscribed(request->tag, std::vector(request->filters, ReasonCode::success));
}

std::optional<Requests::Request> Client::Implementation::take_request(std::uint16_t packet_id, PacketType answer,
                                                                      std::optional<std::size_t> reasons) {
  const auto request = requests_.find(packet_id);
  if (!request) return std::nullopt;
  if (request->answer != answer || reasons.value_or(request->filters) != request->filters) {
    fail_protocol(ReasonCode::protocol_error, request->answer != answer ? request_mismatch : reason_count);
    return std::nullopt;
  }
  requests_.finish(packet_id);
  return request;
}

void Client::Implementation::on_packet(const Pingresp&) {
  keep_alive_.on_pingresp();
}

void Client::Implementation::on_packet(const Disconnect& disconnect) {
  if (version_ == Version::v3_1_1) return fail_protocol(ReasonCode::protocol_error, disconnect_in_3_1_1);
  fail({.kind = Failure::Kind::server_disconnected,
        .reason = disconnect.reason,
        .text = text_of(disconnect.reason_string),
        .server_reference = text_of(disconnect.server_reference)});
}

void Client::Implementation::on_packet(const Auth&) {
  fail_protocol(ReasonCode::protocol_error, auth_unasked);
}

template <class ClientPacket>
void Client::Implementation::on_packet(const ClientPacket&) {
  fail_protocol(ReasonCode::protocol_error, client_packet);
}

void Client::Implementation::write_answers() {
  while (const auto answer = inbound_.next_answer()) {
    if (answer->qos == QoS::at_least_once) {
      write_reply<Puback>(answer->packet_id);
    } else {
      write_reply<Pubrec>(answer->packet_id);
    }
  }
}

}  // namespace lobbyd::mqtt
