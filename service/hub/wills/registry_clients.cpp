// The clients that this daemon holds.

#include "service/hub/wills/registry.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

using Stage = Holding::Stage;

// So many clients' wills are published at a time.
constexpr std::size_t most_publishing = 16;
// So often the own record is written where clients were: a broker that falls back behind that is found out.
constexpr std::chrono::seconds record_interval{1};
// For those who saw that a mark of ours had lost its claim before it came to put that right.
constexpr std::chrono::seconds hearsay{3};

std::size_t weight(const std::vector<api::WillParams>& wills) {
  std::size_t bytes = 1;
  for (const api::WillParams& will : wills) {
    bytes += sizeof(will) + will.topic.size() + will.payload.size();
  }
  return bytes;
}

}  // namespace

// What becomes of them ------------------------------------------------------------------------------------------------

bool WillRegistry::claim(const std::string& client, std::vector<api::WillParams> wills, TimePoint now) {
  const Standing* const standing = standings_.find(client);
  const auto found = holdings_.find(client);
  // Until all entries have been read there may be one of any client.
  const bool may_stand = standing != nullptr || mode_ == Mode::down || mode_ == Mode::reading;
  if (found == holdings_.end() && wills.empty() && !may_stand) {
    return false;
  }
  Holding fresh;
  if (found != holdings_.end() && (found->second.stage == Stage::marked || found->second.stage == Stage::publishing)) {
    fresh.since = port_.unix_time();
    fresh.entry.wills = std::move(wills);
    found->second.next = std::make_unique<Holding>(std::move(fresh));
    return true;
  }
  fresh.entry = new_claim(client, found == holdings_.end() ? 0 : found->second.entry.at, std::move(wills));
  fresh.since = fresh.entry.at;
  if (found != holdings_.end()) {
    fresh.written = found->second.written;
    fresh.mourner = std::move(found->second.mourner);
    fresh.mourned_until = found->second.mourned_until;
    fresh.released = std::exchange(found->second.released, std::nullopt);
    erase(found);
  }
  const Held held = holdings_.emplace(client, std::move(fresh)).first;
  if (standing != nullptr && !held->second.mourner) {
    const auto& mourner = standing->entry.leaving ? std::optional(standing->entry.owner) : standing->mourner;
    note_mourner(held, mourner, now);
  }
  if (mode_ == Mode::working) {
    put(held, now);
  }
  return true;
}

void WillRegistry::release(const std::string& client, TimePoint now) {
  const Held held = holdings_.find(client);
  if (held == holdings_.end()) {
    return port_.on_released(client);
  }
  Holding& holding = held->second;
  if (holding.next) {
    uncount_lost(*holding.next);
    holding.next.reset();
    return port_.on_released(client);
  }
  if (holding.stage == Stage::marking || holding.stage == Stage::marked || holding.stage == Stage::publishing) {
    return port_.on_released(client);
  }
  if (!holding.written || unaided()) {
    const bool clears = holding.written;
    holding.released = holding.entry.at;
    erase(held);
    if (clears) {
      outgoing_.write(topics_.entry(client), {}, now);
    }
    return;
  }
  holding.stage = Stage::releasing;
  holding.released = holding.entry.at;
  look_at(held, now);
}

bool WillRegistry::lose(const std::string& client, std::chrono::milliseconds after, bool at_once, TimePoint now) {
  const Held held = holdings_.find(client);
  if (held == holdings_.end()) {
    return false;
  }
  Holding& holding = held->second.next ? *held->second.next : held->second;
  if (holding.stage == Stage::releasing) {
    return false;
  }
  if (holding.entry.wills.empty()) {
    release(client, now);
    return false;
  }
  holding.stage = Stage::waiting;
  holding.lost = now + after;
  if (at_once) {
    for (api::WillParams& will : holding.entry.wills) {
      will.delay = {};
    }
  }
  count_lost(holding);
  if (&holding == &held->second) {
    look_at(held, now);
  }
  return true;
}

bool WillRegistry::stands(const std::string& client) const {
  const auto held = holdings_.find(client);
  return held != holdings_.end() && held->second.stands && !held->second.next && !held->second.entry.leaving &&
         (held->second.stage == Stage::served || held->second.stage == Stage::waiting);
}

bool WillRegistry::held_elsewhere(const std::string& client) const {
  const Standing* const standing = standings_.find(client);
  return standing != nullptr && standing->entry.owner.instance != self_.instance && !standing->entry.leaving &&
         !instances_.is_dead(standing->entry.owner);
}

void WillRegistry::count_lost(Holding& holding) {
  holding.counted = weight(holding.entry.wills);
  lost_bytes_ += holding.counted;
  ++lost_;
}

void WillRegistry::uncount_lost(Holding& holding) {
  if (const std::size_t counted = std::exchange(holding.counted, 0); counted > 0) {
    lost_bytes_ -= counted;
    --lost_;
  }
}

void WillRegistry::erase(Held held) {
  const std::string client = held->first;
  const bool released = held->second.released.has_value();
  uncount_lost(held->second);
  outgoing_.cancel(topics_.entry(client));
  holdings_.erase(held);
  if (released) {
    port_.on_released(client);
  }
}

void WillRegistry::forget(Held held) {
  const std::string client = held->first;
  erase(held);
  port_.on_forgotten(client);
}

// What stands in the broker -------------------------------------------------------------------------------------------

WillEntry WillRegistry::new_claim(const std::string& client, std::uint64_t later_than,
                                  std::vector<api::WillParams> wills) const {
  const Standing* const standing = standings_.find(client);
  const std::uint64_t others = standing == nullptr ? 0 : standing->entry.at;
  return {.owner = self_,
          .at = std::max({port_.unix_time(), later_than + 1, others + 1}),
          .leaving = false,
          .wills = std::move(wills)};
}

void WillRegistry::claim_anew(Held held, std::uint64_t later_than, TimePoint now) {
  Holding& holding = held->second;
  holding.entry = new_claim(held->first, std::max(holding.entry.at, later_than), std::move(holding.entry.wills));
  holding.known = false;
  put(held, now);
}

bool WillRegistry::fits(const Holding& holding) const {
  return to_text(holding.entry).size() <= std::min(max_entry_bytes, port_.max_bytes());
}

void WillRegistry::put(Held held, TimePoint now) {
  Holding& holding = held->second;
  // A mark changes nothing about the claim that it marks.
  holding.stood = holding.entry.leaving && (holding.stood || holding.stands);
  holding.stands = false;
  if (fits(holding)) {
    holding.written = true;
    if (!leaving_) {
      next_record_ = next_record_.value_or(now + record_interval);
    }
    outgoing_.write(topics_.entry(held->first), to_text(holding.entry), now);
  }
}

void WillRegistry::empty(Held held, TimePoint now) {
  held->second.stage = Stage::releasing;
  outgoing_.write(topics_.entry(held->first), {}, now);
}

// We have overwritten what another wrote, who sees to it himself while he lives.
void WillRegistry::put_back(const std::string& client, TimePoint now) {
  const std::string topic = topics_.entry(client);
  if (outgoing_.busy(topic)) {
    return;
  }
  const Standing* const standing = standings_.find(client);
  const bool others = standing != nullptr && standing->entry.owner != self_;
  if (!others || !instances_.is_alive(standing->entry.owner)) {
    outgoing_.write(topic, others ? standing->text : std::string(), now);
  }
}

// In what state they are ----------------------------------------------------------------------------------------------

void WillRegistry::look_at_all(TimePoint now) {
  std::vector<std::string> clients;
  clients.reserve(holdings_.size());
  for (const auto& [client, holding] : holdings_) {
    clients.push_back(client);
  }
  for (const std::string& client : clients) {
    look_at(client, now);
  }
}

void WillRegistry::look_at(const std::string& client, TimePoint now) {
  if (const Held held = holdings_.find(client); held != holdings_.end()) {
    look_at(held, now);
  } else {
    look_at_orphan(client, now);
  }
}

// What is to be done does not depend on how it came to this, so it may be looked at at any time.
void WillRegistry::look_at(Held held, TimePoint now) {
  Holding& holding = held->second;
  if (unaided() && holding.stage == Stage::waiting) {
    return look_at_waiting(held, now);
  }
  if (mode_ != Mode::working || outgoing_.busy(topics_.entry(held->first))) {
    return;
  }
  const bool outlived = holding.entry.owner != self_;
  switch (holding.stage) {
    case Stage::served:
      if (holding.entry.wills.empty() && !holding.written && standings_.find(held->first) == nullptr) {
        port_.on_registered(held->first);
        return erase(held);
      }
      if (outlived) {
        claim_anew(held, 0, now);
      } else if (!holding.stands && !mourned(held, now)) {
        put(held, now);
      }
      return;
    case Stage::waiting:
      // Only what stands is marked.
      if (fits(holding) && (outlived || !holding.stands)) {
        holding.entry.owner = self_;
        return put(held, now);
      }
      return look_at_waiting(held, now);
    case Stage::marking:
      if (std::exchange(holding.unsure, false)) {
        holding.sure_from = now + hearsay;
      }
      if (now < holding.sure_from) {
        return agenda_.add(held->first, holding.sure_from);
      }
      holding.entry.owner = self_;
      return put(held, now);
    case Stage::releasing:
      return look_at_releasing(held, now);
    case Stage::marked:
    case Stage::publishing:
      return;
  }
}

// An emptying tells nobody whose it is. So an earlier claim of another is replaced before, which its owner understands.
void WillRegistry::look_at_releasing(Held held, TimePoint now) {
  if (mourned(held, now)) {
    return;
  }
  const WillEntry& entry = held->second.entry;
  const Standing* const standing = standings_.find(held->first);
  const bool others = standing != nullptr && standing->entry.owner != entry.owner && is_later(entry, standing->entry);
  others&& fits(held->second) ? put(held, now) : empty(held, now);
}

WillRegistry::TimePoint WillRegistry::due(const Holding& holding) {
  const auto first = std::ranges::min_element(holding.entry.wills, {}, &api::WillParams::delay);
  return first == holding.entry.wills.end() ? holding.lost : holding.lost + first->delay;
}

void WillRegistry::look_at_waiting(Held held, TimePoint now) {
  Holding& holding = held->second;
  if (left_) {
    return;
  }
  const bool alone = unaided() || !fits(holding);
  if (mourned(held, now)) {
    return;
  }
  const bool too_many = lost_ > options_.most_lost || lost_bytes_ > options_.most_lost_bytes;
  if (now < due(holding) && !too_many && !(alone && leaving_)) {
    agenda_.add(held->first, due(holding));
    return;
  }
  alone ? publish_unaided(held, now) : mark(held, now);
}

void WillRegistry::mark(Held held, TimePoint now) {
  Holding& holding = held->second;
  holding.stage = Stage::marking;
  holding.entry.leaving = true;
  put(held, now);
}

// The wills leave -----------------------------------------------------------------------------------------------------

void WillRegistry::publish_marked(TimePoint now) {
  while (publishing_ < most_publishing && !marked_.empty()) {
    const std::string client = std::move(marked_.front());
    marked_.pop_front();
    Holding& holding = holdings_.find(client)->second;
    // At least one was due when it was marked.
    std::vector<api::WillParams> wills = take_wills(holding, std::max(now, due(holding)));
    WillEntry rest = holding.entry;
    rest.leaving = false;
    holding.stage = Stage::publishing;
    ++publishing_;
    port_.publish(client, std::move(wills), topics_.entry(client), rest.wills.empty() ? std::string() : to_text(rest));
  }
}

void WillRegistry::publish_unaided(Held held, TimePoint now) {
  Holding& holding = held->second;
  std::vector<api::WillParams> wills = leaving_ ? std::exchange(holding.entry.wills, {}) : take_wills(holding, now);
  const bool clears = holding.written && holding.entry.wills.empty();
  holding.stage = Stage::publishing;
  ++publishing_;
  port_.publish(held->first, std::move(wills), topics_.entry(held->first),
                clears ? std::optional(std::string()) : std::nullopt);
}

// Those whose delays are over by then.
std::vector<api::WillParams> WillRegistry::take_wills(Holding& holding, TimePoint until) {
  std::vector<api::WillParams> due;
  std::vector<api::WillParams> later;
  for (api::WillParams& will : holding.entry.wills) {
    (until >= holding.lost + will.delay ? due : later).push_back(std::move(will));
  }
  holding.entry.wills = std::move(later);
  return due;
}

void WillRegistry::on_published(const std::string& client, TimePoint now) {
  const Held held = holdings_.find(client);
  if (held == holdings_.end() || held->second.stage != Stage::publishing) {
    return;
  }
  --publishing_;
  finish(held, now);
  publish_marked(now);
}

void WillRegistry::finish(Held held, TimePoint now) {
  const std::string client = held->first;
  const Standing* const standing = standings_.find(client);
  const auto is_anothers = [&](const WillEntry& entry) {
    return standing != nullptr && standing->entry.owner != self_ && is_later(standing->entry, entry);
  };
  if (const std::unique_ptr<Holding> next = std::move(held->second.next)) {
    next->released = std::exchange(held->second.released, std::nullopt);
    next->entry.owner = self_;
    next->entry.at = std::max(next->since, held->second.entry.at + 1);
    erase(held);
    const Held renewed = holdings_.emplace(client, std::move(*next)).first;
    if (!is_anothers(renewed->second.entry)) {
      return look_at(renewed, now);
    }
    // The client has gone on to another daemon meanwhile.
    if (renewed->second.stage != Stage::served) {
      return forget(renewed);
    }
    erase(renewed);
    return port_.on_taken_over(client);
  }
  Holding& holding = held->second;
  if (holding.entry.wills.empty()) {
    return erase(held);
  }
  // The broker has answered for what is left, which is still to come back.
  holding.stands = std::exchange(holding.entry.leaving, false);
  holding.stage = Stage::waiting;
  if (is_anothers(holding.entry)) {
    // Who has come behind the mark takes what is left, too.
    return forget(held);
  }
  look_at(held, now);
}

}  // namespace lobbyd::hub
