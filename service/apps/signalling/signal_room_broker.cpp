// What the broker brings of a signalling room, and what the room sees to by itself.

#include "service/apps/signalling/signal_room.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {

void SignalRoom::begin_reading() {
  absences_.begin(known_topics());
  departed_.clear();
}

void SignalRoom::on_message(std::string_view topic, std::string_view payload, Moment now, SignalOutput& out) {
  absences_.see(topic);
  const auto parsed = parse_signal_topic(surroundings_.prefix, settings_.service, topic);
  if (!parsed) {
    return;
  }
  if (parsed->kind == SignalTopic::Kind::peer) {
    on_peer(parsed->peer, read_peer(surroundings_.reader, payload), now, out);
  } else if (parsed->instance == surroundings_.instance) {
    on_signal(read_signal(surroundings_.reader, payload), now, out);
  }
}

void SignalRoom::end_reading(bool forgetful, Moment now, SignalOutput& out) {
  std::vector<std::string> absent = absences_.end();
  if (forgetful) {
    const auto is_own = [this](const std::string& topic) {
      return find_local(parse_signal_topic(surroundings_.prefix, settings_.service, topic)->peer) != local_.end();
    };
    const auto others = std::ranges::partition(absent, is_own);
    absences_.wait_for({others.begin(), others.end()}, now.steady + patience);
    absent.erase(others.begin(), others.end());
  }
  for (const std::string& topic : absent) {
    on_cleared(parse_signal_topic(surroundings_.prefix, settings_.service, topic)->peer, now, out);
  }
  loaded_ = true;
}

std::set<std::string, std::less<>> SignalRoom::known_topics() const {
  std::set<std::string, std::less<>> topics;
  for (const auto& [id, holder] : claims_) {
    topics.insert(topics_.peer(id));
  }
  return topics;
}

void SignalRoom::on_peer(PeerId id, PeerNews news, Moment now, SignalOutput& out) {
  HybridClock& clock = surroundings_.clock;
  const auto* record = std::get_if<PeerRecord>(&news);
  const auto* departure = std::get_if<PeerDeparture>(&news);
  if (record != nullptr && clock.observe(record->at, now.unix_ms)) {
    on_record(id, *record, now, out);
  } else if (departure != nullptr && clock.observe(departure->at, now.unix_ms)) {
    on_departure(id, *departure, now, out);
  } else {
    on_cleared(id, now, out);
  }
}

void SignalRoom::on_record(PeerId id, const PeerRecord& record, Moment now, SignalOutput& out) {
  const bool was_sealed = sealed();
  const auto local = find_local(id);
  const bool is_mine = local != local_.end() && local->second.accepted;
  const Holder* present = claims_.find(id);
  const std::optional<Holder> before = present == nullptr ? std::nullopt : std::optional(*present);
  switch (claims_.put(id, record, absences_.reading() && !is_mine, now.steady)) {
    case PeerClaims::Result::full:
      return;
    case PeerClaims::Result::refused:
      if (is_mine) {
        defend(local, out);
      } else if (is_ours(record)) {
        out.publications.push_back(clearing(topics_.peer(id)));
      }
      break;
    case PeerClaims::Result::updated:
      break;
    case PeerClaims::Result::replaced:
      if (is_mine) {
        out.events.emplace_back(PeerDropped{local->first, id, PeerDropped::Cause::id_lost});
        local_.erase(local);
      }
      on_gone(id, *before, out);
      [[fallthrough]];
    case PeerClaims::Result::held:
      if (claims_.find(id)->settled) {
        on_settled(id, now, out);
      }
      break;
  }
  if (!was_sealed && sealed()) {
    on_sealed(out);
  }
  const auto claiming = find_local(id);
  if (claiming != local_.end() && !claiming->second.accepted) {
    const Holder& holder = *claims_.find(id);
    if (holder.record.claim() != claiming->second.record.claim() && !claims_.may_win(claiming->second.record, holder)) {
      yield(claiming, now, out);
    }
  }
}

void SignalRoom::on_settled(PeerId id, Moment now, SignalOutput& out) {
  Holder& holder = *claims_.find(id);
  const auto local = find_local(id);
  if (local != local_.end() && local->second.record.claim() == holder.record.claim()) {
    return accept(local, now, out);
  }
  if (is_ours(holder.record)) {
    // Who has gone before it came back, or is from before a restart.
    claims_.doubt(holder, now.steady + doubt);
    out.publications.push_back(clearing(topics_.peer(id)));
    return;
  }
  // Of what was read nobody knows what came before it.
  const bool is_new = !absences_.reading() && !holder.record.confirmed && !holder.record.sealed && !holder.doubted;
  if (is_new && entry_fault(holder.record.mode, id)) {
    return claims_.doubt(holder, now.steady + doubt);
  }
  tell_others(id, holder, true, out);
  deliver_waiting(out);
}

void SignalRoom::on_departure(PeerId id, const PeerDeparture& departure, Moment now, SignalOutput& out) {
  if (settings_.order == PeerClaims::Order::time) {
    std::erase_if(departed_, [&](const auto& entry) { return entry.second < now.steady; });
    departed_.insert_or_assign(id, now.steady + patience);
  }
  Holder* holder = claims_.find(id);
  if (holder != nullptr && holder->next && holder->next->claim() == departure.claim()) {
    holder->next.reset();
  }
  if (holder == nullptr || holder->record.claim() != departure.claim()) {
    return;
  }
  const auto local = find_local(id);
  if (local != local_.end() && local->second.accepted) {
    defend(local, out);
  } else {
    on_freed(id, now, out);
  }
}

void SignalRoom::on_cleared(PeerId id, Moment now, SignalOutput& out) {
  const auto departed = departed_.find(id);
  const bool is_known = departed != departed_.end() && now.steady <= departed->second;
  departed_.erase(id);
  Holder* holder = claims_.find(id);
  if (holder == nullptr || is_known) {
    return;
  }
  holder->next.reset();
  const auto local = find_local(id);
  if (local != local_.end() && local->second.accepted) {
    defend(local, out);
  } else if (local != local_.end() && local->second.record.claim() == holder->record.claim()) {
    write(id, local->second.record, out);
  } else if (!holder->lost) {
    holder->lost = now.steady + doubt;
  }
}

void SignalRoom::on_freed(PeerId id, Moment now, SignalOutput& out) {
  const Holder holder = *claims_.find(id);
  claims_.free(id);
  on_gone(id, holder, out);
  if (holder.next && now.steady <= holder.next_until) {
    on_record(id, *holder.next, now, out);
  }
}

void SignalRoom::on_gone(PeerId id, const Holder& holder, SignalOutput& out) {
  if (!is_certain(holder)) {
    return;
  }
  tell_others(id, holder, false, out);
  if (id == host_peer && holder.record.mode == SignalMode::host) {
    close(out);
  }
}

// The host has left. Who wants to be the next one stays.
void SignalRoom::close(SignalOutput& out) {
  for (auto local = local_.begin(); local != local_.end();) {
    const auto next = std::next(local);
    if (local->second.accepted) {
      out.events.emplace_back(PeerDropped{local->first, local->second.id, PeerDropped::Cause::host_left});
      depart(local, out);
    } else if (local->second.id != host_peer) {
      refuse(local, {api::Reason::not_found, "the host has left the room"}, out);
    }
    local = next;
  }
}

// In a mesh the host may go and the room remain: all that are in it say that it is sealed.
void SignalRoom::on_sealed(SignalOutput& out) {
  for (auto& [client_id, local] : local_) {
    if (!local.accepted) {
      continue;
    }
    out.events.emplace_back(RoomSealed{client_id});
    if (local.record.mode == SignalMode::mesh && !local.record.sealed) {
      local.record.sealed = true;
      write(local.id, local.record, out);
    }
  }
}

void SignalRoom::on_signal(std::optional<SignalMessage> message, Moment now, SignalOutput& out) {
  const auto target = message ? find_local(message->to) : local_.end();
  if (target == local_.end() || target->second.record.at != message->to_claim) {
    return;
  }
  if (is_ready(*message)) {
    out.events.emplace_back(PeerMessage{target->first, *std::move(message)});
  } else {
    waiting_.add(*std::move(message), now.steady);
  }
}

bool SignalRoom::is_ready(const SignalMessage& message) const {
  const Holder* from = claims_.find(message.from);
  const Holder* to = claims_.find(message.to);
  const auto local = to == nullptr ? local_.end() : local_.find(to->record.client_id);
  return from != nullptr && is_certain(*from) && local != local_.end() && local->second.accepted &&
         local->second.record.at == message.to_claim;
}

void SignalRoom::deliver_waiting(SignalOutput& out) {
  for (SignalMessage& message : waiting_.take([this](const SignalMessage& each) { return is_ready(each); })) {
    std::string client_id = claims_.find(message.to)->record.client_id;
    out.events.emplace_back(PeerMessage{std::move(client_id), std::move(message)});
  }
}

// Upkeep --------------------------------------------------------------------------------------------------------------

void SignalRoom::sweep(const std::set<std::string, std::less<>>& dead, SignalOutput& out) const {
  for (const auto& [id, holder] : claims_) {
    if (dead.contains(holder.record.instance)) {
      out.publications.push_back(clearing(topics_.peer(id)));
    }
  }
}

std::optional<Moment::TimePoint> SignalRoom::next_timeout() const {
  return earliest({absences_.next_timeout(), claims_.next_timeout(), waiting_.next_timeout()});
}

void SignalRoom::handle_timeout(Moment now, SignalOutput& out) {
  for (const std::string& topic : absences_.take_due(now.steady)) {
    on_cleared(parse_signal_topic(surroundings_.prefix, settings_.service, topic)->peer, now, out);
  }
  while (const auto id = claims_.take_settled(now.steady)) {
    on_settled(*id, now, out);
  }
  for (const PeerId id : claims_.lost(now.steady)) {
    on_freed(id, now, out);
  }
  waiting_.expire(now.steady);
}

}  // namespace lobbyd::apps
