#include "protocol/mqtt/outbound.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::mqtt {
namespace {

constexpr QoS qos_of(OutboundState state) {
  return state == OutboundState::awaiting_puback ? QoS::at_least_once : QoS::exactly_once;
}

}  // namespace

void Outbound::add(const Publish& message, StoredPublish content, Tag tag, TimePoint now) {
  const bool exactly_once = message.qos == QoS::exactly_once;
  const auto life = message.properties.message_expiry;
  publishing_.push_back({.sequence = next_sequence_++,
                         .packet_id = message.packet_id,
                         .tag = tag,
                         .state = exactly_once ? OutboundState::awaiting_pubrec : OutboundState::awaiting_puback,
                         .retain = message.retain,
                         .in_session = true,
                         .on_link = true,
                         .sent = now,
                         .expiry = life ? std::optional(Expiry(std::chrono::seconds(*life), now)) : std::nullopt,
                         .content = std::move(content)});
  by_packet_id_.emplace(message.packet_id, std::prev(publishing_.end()));
  ++on_link_;
  ++unanswered_;
}

// A server without QoS 2 that has no way to say so (RabbitMQ on 3.1.1) takes such a message at QoS 1 and answers it so.
// To call that a violation would cost everybody the connection, again at each attempt.
Outbound::Reaction Outbound::on_puback(std::uint16_t packet_id, ReasonCode reason) {
  const auto message = find(packet_id);
  if (!message) return {};
  if ((*message)->state == OutboundState::awaiting_pubcomp) return {.kind = Reaction::Kind::violation};
  return end(*message, reason);
}

// A PUBREC that comes again is answered again: the server may not have had our PUBREL.
Outbound::Reaction Outbound::on_pubrec(std::uint16_t packet_id, ReasonCode reason, TimePoint now) {
  const auto message = find(packet_id);
  if (!message) {
    if (is_failure(reason)) return {};
    return {.kind = Reaction::Kind::pubrel, .pubrel_reason = ReasonCode::packet_identifier_not_found};
  }
  if ((*message)->state == OutboundState::awaiting_puback) return {.kind = Reaction::Kind::violation};
  if (is_failure(reason)) return end(*message, reason);
  if ((*message)->state == OutboundState::awaiting_pubrec) {
    (*message)->pubrec_reason = reason;
    start_release(*message, now);
  }
  return {.kind = Reaction::Kind::pubrel};
}

// PUBCOMP's own code tells at most that the server had forgotten the identifier; what became of the message is what
// PUBREC said.
Outbound::Reaction Outbound::on_pubcomp(std::uint16_t packet_id) {
  const auto message = find(packet_id);
  if (!message) return {};
  if ((*message)->state != OutboundState::awaiting_pubcomp) return {.kind = Reaction::Kind::violation};
  return end(*message, (*message)->pubrec_reason);
}

void Outbound::link_lost() {
  for (Messages* messages : {&publishing_, &releasing_}) {
    for (Message& message : *messages) message.on_link = false;
  }
  on_link_ = 0;
  waiting_ = publishing_.begin();
}

Outbound::Resumption Outbound::resume(const ServerLimits& limits, TimePoint now) {
  Resumption resumption;
  for (Messages* messages : {&publishing_, &releasing_}) {
    for (Message& message : *messages) message.in_session = message.in_session && limits.session_present;
  }
  for (auto next = releasing_.begin(); next != releasing_.end();) {
    const auto message = next++;
    if (redo(situation_of(*message)) == Redo::pubrel) {
      set_on_link(*message, now);
      resumption.pubrels.push_back(message->packet_id);
    } else if (auto answer = end(message, message->pubrec_reason).answer) {
      resumption.answers.push_back(*answer);
    }
  }
  for (Message& message : publishing_) {
    const auto refusal = refusal_of(message, limits);
    if (!refusal) continue;
    if (auto answer = give_up(message, *refusal)) resumption.answers.push_back(*answer);
  }
  waiting_ = publishing_.begin();
  return resumption;
}

std::optional<Outbound::Due> Outbound::next_due(std::size_t window, TimePoint now) {
  while (waiting_ != publishing_.end()) {
    const auto message = waiting_;
    const Redo action = redo(situation_of(*message));
    if (action == Redo::forget) {
      erase(message);
      continue;
    }
    if (action == Redo::pubrel) {
      start_release(message, now);
      return Due{.action = action, .packet_id = message->packet_id, .message = {}};
    }
    if (on_link_ >= window) return std::nullopt;
    ++waiting_;
    set_on_link(*message, now);
    message->in_session = true;
    Due due{.action = action, .packet_id = message->packet_id, .message = message->content.read(decoder_)};
    due.message.duplicate = action == Redo::publish_again;
    if (message->expiry) due.message.properties.message_expiry = message->expiry->seconds_left(now);
    return due;
  }
  return std::nullopt;
}

std::vector<Tag> Outbound::abandon() {
  std::vector<std::pair<std::uint64_t, Tag>> by_sequence;
  for (Messages* messages : {&publishing_, &releasing_}) {
    for (Message& message : *messages) {
      const auto answer = give_up(message, ReasonCode::success);
      if (answer) by_sequence.emplace_back(message.sequence, answer->tag);
    }
  }
  std::ranges::sort(by_sequence);
  std::vector<Tag> tags(by_sequence.size());
  std::ranges::transform(by_sequence, tags.begin(), [](const auto& entry) { return entry.second; });
  return tags;
}

std::size_t Outbound::quota(std::size_t window) const {
  return window - std::min(window, on_link_);
}

std::optional<TimePoint> Outbound::oldest_on_link() const {
  std::optional<TimePoint> oldest;
  for (const Messages* messages : {&publishing_, &releasing_}) {
    if (messages->empty() || !messages->front().on_link) continue;
    oldest = std::min(oldest.value_or(messages->front().sent), messages->front().sent);
  }
  return oldest;
}

std::optional<Outbound::Messages::iterator> Outbound::find(std::uint16_t packet_id) {
  const auto found = by_packet_id_.find(packet_id);
  if (found == by_packet_id_.end() || !found->second->in_session) return std::nullopt;
  return found->second;
}

Outbound::Reaction Outbound::end(Messages::iterator message, ReasonCode reason) {
  Reaction reaction{.kind = Reaction::Kind::ended, .answer = give_up(*message, reason)};
  erase(message);
  return reaction;
}

std::optional<Outbound::Answer> Outbound::give_up(Message& message, ReasonCode reason) {
  if (!message.tag) return std::nullopt;
  const Answer answer{.tag = *message.tag, .reason = reason};
  message.tag.reset();
  message.content = {};
  --unanswered_;
  return answer;
}

void Outbound::erase(Messages::iterator message) {
  if (message == waiting_) ++waiting_;
  if (message->on_link) --on_link_;
  packet_ids_.release(message->packet_id);
  by_packet_id_.erase(message->packet_id);
  (message->state == OutboundState::awaiting_pubcomp ? releasing_ : publishing_).erase(message);
}

void Outbound::set_on_link(Message& message, TimePoint now) {
  if (!message.on_link) ++on_link_;
  message.on_link = true;
  message.sent = now;
}

// The content has done its duty: from here on only PUBREL is sent.
void Outbound::start_release(Messages::iterator message, TimePoint now) {
  if (message == waiting_) ++waiting_;
  set_on_link(*message, now);
  message->state = OutboundState::awaiting_pubcomp;
  message->content = {};
  releasing_.splice(releasing_.end(), publishing_, message);
}

OutboundSituation Outbound::situation_of(const Message& message) {
  return {.state = message.state, .in_session = message.in_session, .abandoned = !message.tag.has_value()};
}

std::optional<ReasonCode> Outbound::refusal_of(const Message& message, const ServerLimits& limits) {
  if (qos_of(message.state) > limits.maximum_qos) return ReasonCode::qos_not_supported;
  if (message.retain && !limits.retain) return ReasonCode::retain_not_supported;
  const bool too_large = limits.maximum_packet_size != 0 && message.content.packet_size() > limits.maximum_packet_size;
  if (too_large) return ReasonCode::packet_too_large;
  return std::nullopt;
}

}  // namespace lobbyd::mqtt
