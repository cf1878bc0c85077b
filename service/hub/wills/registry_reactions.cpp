// What becomes of a client that this daemon holds when its entry is written, by this daemon or by another.

#include "service/hub/wills/registry.hpp"

#include <utility>

namespace lobbyd::hub {

namespace {

using Stage = Holding::Stage;

// Whoever has marked the client's entry publishes and empties it long before.
constexpr std::chrono::seconds mourning{10};

}  // namespace

// `entry`: what was written; none: it was emptied.
void WillRegistry::react(Held held, const WillEntry* entry, bool live, TimePoint now) {
  Holding& holding = held->second;
  // An emptying that came in front of what is on its way was another's, or of another time.
  const bool emptied = entry == nullptr && !outgoing_.busy(topics_.entry(held->first));
  if (holding.released && (emptied || (entry != nullptr && entry->at > *holding.released))) {
    holding.released.reset();
    port_.on_released(held->first);
  }
  switch (holding.stage) {
    case Stage::served:
      return react_served(held, entry, now);
    case Stage::waiting:
      return react_waiting(held, entry, now);
    case Stage::marking:
      return react_marking(held, entry, live, now);
    case Stage::releasing:
      return react_releasing(held, entry, now);
    case Stage::marked:
    case Stage::publishing:
      return;
  }
}

// What stands there now has no right to it. A mark of ours that is on its way takes its place in any case.
void WillRegistry::on_overwritten(Held held, TimePoint now) {
  Holding& holding = held->second;
  if (holding.stage == Stage::served || holding.stage == Stage::waiting || holding.stage == Stage::releasing) {
    holding.stands = false;
    look_at(held, now);
  }
}

void WillRegistry::react_served(Held held, const WillEntry* entry, TimePoint now) {
  Holding& holding = held->second;
  if (entry == nullptr) {
    if (nothing_forgotten() && holding.stood) {
      const std::string client = held->first;
      erase(held);
      return port_.on_vanished(client);
    }
    if (found_dead_ && holding.written) {
      port_.on_mourned(held->first);
    }
    holding.stands = false;
    const bool waited = std::exchange(holding.mourner, std::nullopt).has_value();
    return waited || holding.known ? look_at(held, now) : void();
  }
  const bool ours = entry->owner == holding.entry.owner;
  if (ours && entry->at == holding.entry.at && !entry->leaving) {
    return confirm(held, now);
  }
  if (!ours && entry->leaving && entry->at >= holding.entry.at) {
    return mourn(held, *entry, now);
  }
  if (!ours && entry->leaving && !holding.known) {
    // Its mark was there before our claim, so it goes on.
    if (entry->at >= holding.since) {
      port_.on_mourned(held->first);
    }
    return note_mourner(held, entry->owner, now);
  }
  if (found_dead_ && !ours && entry->at == holding.entry.at) {
    // What is left of our own claim.
    return mourn(held, *entry, now);
  }
  if (!ours && is_later(*entry, holding.entry)) {
    const std::string client = held->first;
    erase(held);
    return port_.on_taken_over(client);
  }
  if (holding.known || ours) {
    holding.stands = false;
    look_at(held, now);
  }
}

void WillRegistry::confirm(Held held, TimePoint now) {
  Holding& holding = held->second;
  holding.known = true;
  if (mourned(held, now)) {
    return;
  }
  holding.stands = true;
  port_.on_registered(held->first);
  if (holding.entry.wills.empty()) {
    empty(held, now);
  }
}

// Whether somebody else's mark has still to be waited for; then it is looked at again.
bool WillRegistry::mourned(Held held, TimePoint now) {
  Holding& holding = held->second;
  if (holding.mourner && now >= holding.mourned_until) {
    holding.mourner.reset();
  }
  if (holding.mourner) {
    agenda_.add(held->first, holding.mourned_until);
  }
  return holding.mourner.has_value();
}

void WillRegistry::note_mourner(Held held, const std::optional<Owner>& owner, TimePoint now) {
  if (owner && owner->instance != self_.instance && !instances_.is_dead(*owner)) {
    held->second.mourner = owner;
    held->second.mourned_until = now + mourning;
    mourned(held, now);
  }
}

void WillRegistry::mourn(Held held, const WillEntry& mark, TimePoint now) {
  if (mark.at >= held->second.since) {
    port_.on_mourned(held->first);
  }
  if (mark.leaving) {
    note_mourner(held, mark.owner, now);
  }
  claim_anew(held, mark.at, now);
}

void WillRegistry::react_waiting(Held held, const WillEntry* entry, TimePoint now) {
  Holding& holding = held->second;
  if (entry == nullptr) {
    if ((found_dead_ && holding.known) || (nothing_forgotten() && holding.stood)) {
      return forget(held);
    }
    holding.stands = false;
    const bool waited = std::exchange(holding.mourner, std::nullopt).has_value();
    return waited || holding.known ? look_at(held, now) : void();
  }
  if (entry->owner == holding.entry.owner) {
    holding.stands = to_text(*entry) == to_text(holding.entry);
    holding.known = true;
    return look_at(held, now);
  }
  if (entry->leaving ? entry->at >= holding.entry.at : is_later(*entry, holding.entry)) {
    return forget(held);
  }
  holding.stands = false;
  look_at(held, now);
}

// The first mark of a claim in the broker's order counts, and no mark does behind a later claim.
void WillRegistry::react_marking(Held held, const WillEntry* entry, bool live, TimePoint now) {
  Holding& holding = held->second;
  if (entry == nullptr) {
    // Whoever it belonged to was not dead. But a broker that has forgotten everything says nothing by that.
    const bool withdrawn = holding.adopted
                               ? !memory_lost_
                               : found_dead_ || now < holding.sure_from || (nothing_forgotten() && holding.stood);
    if (withdrawn) {
      return forget(held);
    }
    holding.stage = Stage::waiting;
    holding.entry.leaving = false;
    return look_at(held, now);
  }
  if (entry->owner == holding.entry.owner) {
    if (live && entry->leaving && entry->at == holding.entry.at) {
      holding.stage = Stage::marked;
      marked_.push_back(held->first);
      publish_marked(now);
    }
    return;
  }
  if (entry->leaving ? entry->at >= holding.entry.at : is_later(*entry, holding.entry)) {
    // A base that still stands is no other's: the mark that is on its way will take its place.
    const bool base = holding.adopted && !entry->leaving && instances_.is_dead(entry->owner);
    return base ? void() : forget(held);
  }
}

void WillRegistry::react_releasing(Held held, const WillEntry* entry, TimePoint now) {
  const bool others = entry != nullptr && entry->owner != held->second.entry.owner && !entry->leaving &&
                      is_later(*entry, held->second.entry);
  const bool emptied = entry == nullptr && !outgoing_.busy(topics_.entry(held->first));
  emptied || others ? erase(held) : look_at(held, now);
}

}  // namespace lobbyd::hub
