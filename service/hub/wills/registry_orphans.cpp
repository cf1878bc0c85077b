// The clients of daemons that have died.

#include "service/hub/wills/registry.hpp"
#include "service/hub/wills/rendezvous.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::chrono::minutes sweep_interval{10};
// One that comes back so late learns of its death by the lack of what it owned.
constexpr std::chrono::hours remembered{1};

}  // namespace

void WillRegistry::on_death(const std::string& instance, TimePoint now) {
  end_mourning(now);
  const auto is_its = [&](const auto& standing) {
    const Owner& owner = standing.second.entry.owner;
    return owner.instance == instance && instances_.is_dead(owner);
  };
  if (!taking_ && std::ranges::any_of(standings_, is_its)) {
    died_.insert(instance);
    begin_read();
  }
}

// Nobody empties what a dead daemon has marked, but those whose claims are earlier than the one that waits for it.
void WillRegistry::end_mourning(TimePoint now) {
  std::vector<Held> freed;
  for (Held held = holdings_.begin(); held != holdings_.end(); ++held) {
    if (held->second.mourner && instances_.is_dead(*held->second.mourner)) {
      held->second.mourner.reset();
      freed.push_back(held);
    }
  }
  for (const Held held : freed) {
    look_at(held, now);
  }
}

void WillRegistry::look_at_orphans(TimePoint now) {
  std::vector<std::string> clients;
  for (const auto& [client, standing] : standings_) {
    if (instances_.is_dead(standing.entry.owner) && !holdings_.contains(client)) {
      clients.push_back(client);
    }
  }
  for (const std::string& client : clients) {
    look_at_orphan(client, now);
  }
}

void WillRegistry::look_at_orphan(const std::string& client, TimePoint now) {
  const Standing* const standing = standings_.find(client);
  if (mode_ != Mode::working || leaving_ || standing == nullptr || !instances_.is_dead(standing->entry.owner) ||
      died_.contains(standing->entry.owner.instance)) {
    return;
  }
  auto entry = parse_entry(standing->text);
  if (!entry) {
    return;
  }
  const std::string former = std::move(entry->owner.instance);
  const TimePoint died = instances_.died_at(former);
  Holding holding;
  holding.stage = Holding::Stage::marking;
  holding.adopted = true;
  holding.lost = died;
  const std::size_t rank = rank_of(self_.instance, instances_.living(), client, former);
  const auto turn = options_.turn * static_cast<std::int64_t>(rank);
  entry->owner = self_;
  // The delay that its owner waited for was over when it marked the entry.
  if (std::exchange(entry->leaving, true) && !entry->wills.empty()) {
    holding.lost -= std::ranges::min_element(entry->wills, {}, &api::WillParams::delay)->delay;
  }
  holding.entry = *std::move(entry);
  holding.since = holding.entry.at;
  const TimePoint begins = std::max(due(holding), died) + turn;
  if (now < begins) {
    agenda_.add(client, begins);
    return;
  }
  put(holdings_.emplace(client, std::move(holding)).first, now);
}

// Records of those who do not come back do not stay for ever.
void WillRegistry::sweep(TimePoint now) {
  if (!next_sweep_ || now < *next_sweep_) {
    return;
  }
  next_sweep_ = now + sweep_interval;
  for (const std::string& instance : instances_.dead_since(now - remembered)) {
    const bool owns = std::ranges::any_of(
        standings_, [&](const auto& standing) { return standing.second.entry.owner.instance == instance; });
    if (!owns && rank_of(self_.instance, instances_.living(), instance, {}) == 0) {
      outgoing_.write(topics_.record(instance), {}, now);
    }
  }
}

}  // namespace lobbyd::hub
