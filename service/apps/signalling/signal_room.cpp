// What clients ask of a signalling room.

#include "service/apps/signalling/signal_room.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr unsigned most_attempts = 16;

api::Error not_joined(std::string_view room) {
  return {api::Reason::bad_state, "not a peer of the room " + std::string(room) + ": send signal.join first"};
}

api::Error conflict(std::string message) {
  return {api::Reason::conflict, std::move(message)};
}

}  // namespace

SignalRoom::SignalRoom(Surroundings& surroundings, Random random, std::string name, Settings settings)
    : surroundings_(surroundings),
      random_(std::move(random)),
      name_(std::move(name)),
      settings_(std::move(settings)),
      topics_(surroundings.prefix, settings_.service, name_),
      claims_(settings_.order) {}

std::expected<void, api::Error> SignalRoom::join(Joining joining, Moment now, SignalOutput& out) {
  if (local_.contains(joining.client_id)) {
    return std::unexpected(api::Error{api::Reason::bad_state, "already a peer of the room " + name_});
  }
  if (claims_.size() >= settings_.max_peers) {
    return std::unexpected(api::too_many("the room is full", settings_.max_peers));
  }
  if (auto fault = entry_fault(joining.mode, 0)) {
    return std::unexpected(*std::move(fault));
  }
  const auto id = choose_id(joining);
  if (!id) {
    return std::unexpected(id.error());
  }
  const auto local = local_.try_emplace(joining.client_id).first;
  local->second.id = *id;
  local->second.asked = joining.peer_id.has_value();
  local->second.record.client_id = std::move(joining.client_id);
  local->second.record.mode = joining.mode;
  local->second.record.data = std::move(joining.data);
  claim(local, now, out);
  return {};
}

std::expected<PeerId, api::Error> SignalRoom::choose_id(const Joining& joining) {
  const bool hosted = joining.mode == SignalMode::host;
  if (!joining.peer_id) {
    return hosted && !is_taken(host_peer) ? host_peer : random_id();
  }
  if (is_taken(*joining.peer_id)) {
    return std::unexpected(conflict("the peer id " + std::to_string(*joining.peer_id) + " is taken"));
  }
  if (hosted && *joining.peer_id != host_peer && !is_taken(host_peer)) {
    return std::unexpected(conflict("the first peer of a room in host mode is 1"));
  }
  return *joining.peer_id;
}

// As Godot wants them: from 2 on, since 1 is the host. The next free one, so that it ends whatever `random_` gives.
PeerId SignalRoom::random_id() {
  constexpr PeerId first = host_peer + 1;
  constexpr PeerId last = std::numeric_limits<PeerId>::max();
  constexpr std::uint32_t count = last - host_peer;
  auto id = static_cast<PeerId>(random_() % count) + first;
  while (is_taken(id)) {
    id = id == last ? first : id + 1;
  }
  return id;
}

bool SignalRoom::is_taken(PeerId id) {
  return claims_.find(id) != nullptr || find_local(id) != local_.end();
}

// Why nobody may come in, or one that has an id may not stay: those that came before it decide.
std::optional<api::Error> SignalRoom::entry_fault(SignalMode mode, PeerId own) const {
  const Holder* holder = own == 0 ? nullptr : claims_.find(own);
  for (const auto& [id, other] : claims_) {
    if (id == own || (other.doubted && !other.settled)) {
      continue;
    }
    if (other.record.sealed) {
      return conflict("the room is sealed");
    }
    if (other.record.mode != mode && (holder == nullptr || claims_.came_before(other, *holder))) {
      return conflict("the room is in another mode");
    }
  }
  const Holder* host = claims_.find(host_peer);
  if (own > host_peer && mode == SignalMode::host && (host == nullptr || !is_certain(*host))) {
    return api::Error{api::Reason::not_found, "the host has left the room"};
  }
  return std::nullopt;
}

std::expected<void, api::Error> SignalRoom::leave(const std::string& client_id, SignalOutput& out) {
  const auto local = local_.find(client_id);
  if (local == local_.end()) {
    return std::unexpected(not_joined(name_));
  }
  depart(local, out);
  return {};
}

std::expected<void, api::Error> SignalRoom::send(const std::string& client_id, Sending sending, SignalOutput& out) {
  const auto peer = find_peer(client_id);
  if (!peer) {
    return std::unexpected(peer.error());
  }
  if (!is_signal_type(sending.type)) {
    return std::unexpected(
        api::invalid_field("type", R"("type" must be a word of 1 to 32 characters of A-Z, a-z, 0-9 and _.-)"));
  }
  if (sending.data.size() > max_signal_data_bytes) {
    return std::unexpected(
        api::Error{api::Reason::too_large,
                   "\"data\" may have " + std::to_string(max_signal_data_bytes) + " bytes of JSON at most"});
  }
  const Holder* target = claims_.find(sending.to);
  if (target == nullptr || !is_certain(*target) || sending.to == (*peer)->second.id) {
    return std::unexpected(api::Error{api::Reason::not_found, "there is no other peer " + std::to_string(sending.to)});
  }
  const SignalMessage message{.to = sending.to,
                              .to_claim = target->record.at,
                              .from = (*peer)->second.id,
                              .type = std::move(sending.type),
                              .data = std::move(sending.data)};
  out.publications.push_back(
      {.topic = topics_.messages(target->record.instance), .payload = write_record(message), .retain = false});
  return {};
}

std::expected<void, api::Error> SignalRoom::seal(const std::string& client_id, SignalOutput& out) {
  const auto peer = find_peer(client_id);
  if (!peer) {
    return std::unexpected(peer.error());
  }
  if ((*peer)->second.id != host()) {
    return std::unexpected(api::Error{api::Reason::forbidden, "only the host may seal the room"});
  }
  if (!sealed()) {
    PeerRecord record = (*peer)->second.record;
    record.sealed = true;
    local_.find(client_id)->second.record.sealed = true;
    write((*peer)->second.id, record, out);
  }
  return {};
}

bool SignalRoom::is_peer_here(const std::string& client_id) const {
  return find_peer(client_id).has_value();
}

std::vector<Publication> SignalRoom::wills(const std::string& client_id) const {
  const auto local = local_.find(client_id);
  return local == local_.end() ? std::vector<Publication>() : std::vector{clearing(topics_.peer(local->second.id))};
}

bool SignalRoom::sealed() const {
  return std::ranges::any_of(claims_, [](const auto& entry) { return entry.second.record.sealed; });
}

PeerId SignalRoom::host() const {
  PeerId first = 0;
  for (const auto& [id, holder] : claims_) {
    if (!is_certain(holder)) {
      continue;
    }
    if (holder.record.mode == SignalMode::host) {
      const Holder* host = claims_.find(host_peer);
      return host != nullptr && is_certain(*host) ? host_peer : 0;
    }
    if (first == 0 || holder.record.claim() < claims_.find(first)->record.claim()) {
      first = id;
    }
  }
  return first;
}

std::optional<SignalMode> SignalRoom::mode() const {
  const PeerId first = host();
  return first == 0 ? std::nullopt : std::optional(claims_.find(first)->record.mode);
}

std::vector<PeerView> SignalRoom::peers() const {
  return seen_by(0, SignalMode::mesh);
}

bool SignalRoom::sees(SignalMode mode, PeerId viewer, PeerId other) {
  return viewer != other && (mode == SignalMode::mesh || viewer == host_peer || other == host_peer);
}

std::vector<PeerView> SignalRoom::seen_by(PeerId viewer, SignalMode mode) const {
  std::vector<std::pair<PeerId, const Holder*>> seen;
  for (const auto& [id, holder] : claims_) {
    if (is_certain(holder) && sees(mode, viewer, id)) {
      seen.emplace_back(id, &holder);
    }
  }
  std::ranges::sort(seen, {}, [](const auto& entry) { return entry.second->record.claim(); });
  std::vector<PeerView> views;
  views.reserve(seen.size());
  for (const auto& [id, holder] : seen) {
    views.push_back({.id = id, .data = holder->record.data});
  }
  return views;
}

SignalRoom::Locals::iterator SignalRoom::find_local(PeerId id) {
  return std::ranges::find_if(local_, [id](const auto& entry) { return entry.second.id == id; });
}

std::expected<SignalRoom::Locals::const_iterator, api::Error> SignalRoom::find_peer(
    const std::string& client_id) const {
  const auto local = local_.find(client_id);
  if (local == local_.end() || !local->second.accepted) {
    return std::unexpected(not_joined(name_));
  }
  return local;
}

// Those that are served here ------------------------------------------------------------------------------------------

void SignalRoom::claim(Locals::iterator local, Moment now, SignalOutput& out) {
  PeerRecord& record = local->second.record;
  record.at = surroundings_.clock.tick(now.unix_ms);
  record.instance = surroundings_.instance;
  out.new_wills.push_back(local->first);
  write(local->second.id, record, out);
}

void SignalRoom::accept(Locals::iterator local, Moment now, SignalOutput& out) {
  Local& own = local->second;
  Holder& holder = *claims_.find(own.id);
  if (auto fault = entry_fault(own.record.mode, own.id)) {
    claims_.doubt(holder, now.steady + doubt);
    out.publications.push_back(clearing(topics_.peer(own.id)));
    return refuse(local, *std::move(fault), out);
  }
  own.accepted = true;
  out.events.emplace_back(PeerAccepted{.client_id = local->first,
                                       .id = own.id,
                                       .mode = own.record.mode,
                                       .host = host(),
                                       .peers = seen_by(own.id, own.record.mode)});
  tell_others(own.id, holder, true, out);
  deliver_waiting(out);
}

void SignalRoom::refuse(Locals::iterator local, api::Error error, SignalOutput& out) {
  out.events.emplace_back(PeerRefused{local->first, std::move(error)});
  local_.erase(local);
}

void SignalRoom::yield(Locals::iterator local, Moment now, SignalOutput& out) {
  Local& own = local->second;
  if (own.asked || ++own.attempts == most_attempts) {
    return refuse(local, conflict("the peer id " + std::to_string(own.id) + " is taken"), out);
  }
  own.id = random_id();
  claim(local, now, out);
}

// One that is not certain yet has nothing of its own to clear: what it has claimed is cleared when that comes back.
void SignalRoom::depart(Locals::iterator local, SignalOutput& out) {
  const Local& own = local->second;
  if (own.accepted) {
    const PeerDeparture departure{.at = own.record.at, .instance = own.record.instance};
    out.publications.push_back({.topic = topics_.peer(own.id), .payload = write_record(departure), .retain = false});
    out.publications.push_back(clearing(topics_.peer(own.id)));
  }
  local_.erase(local);
}

void SignalRoom::tell_others(PeerId id, const Holder& holder, bool came, SignalOutput& out) const {
  const PeerView view{.id = id, .data = holder.record.data};
  for (const auto& [client_id, local] : local_) {
    if (!local.accepted || !sees(holder.record.mode, local.id, id)) {
      continue;
    }
    if (came) {
      out.events.emplace_back(PeerCame{client_id, view});
    } else {
      out.events.emplace_back(PeerWent{client_id, view});
    }
  }
}

void SignalRoom::write(PeerId id, const PeerRecord& record, SignalOutput& out) const {
  out.publications.push_back({.topic = topics_.peer(id), .payload = write_record(record)});
}

void SignalRoom::defend(Locals::iterator local, SignalOutput& out) {
  Local& own = local->second;
  own.record.confirmed = true;
  if (Holder* holder = claims_.find(own.id)) {
    holder->record.confirmed = true;
    holder->lost.reset();
  }
  write(own.id, own.record, out);
}

}  // namespace lobbyd::apps
