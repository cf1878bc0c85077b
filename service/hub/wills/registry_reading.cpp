// All entries and records at once: what is known when the link was made, and before anything is done about the clients
// of those who have died.

#include "service/hub/wills/registry.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::chrono::seconds read_again_after{5};
constexpr std::chrono::minutes first_sweep{10};

}  // namespace

void WillRegistry::begin_read() {
  if (read_under_way_) {
    read_again_ = true;
    return;
  }
  read_under_way_ = true;
  read_again_ = false;
  next_read_.reset();
  touched_.clear();
  died_before_read_ = died_;
  port_.read(topics_.read());
}

void WillRegistry::on_read(const std::vector<Copy>& copies, bool whole, TimePoint now) {
  if (!std::exchange(read_under_way_, false)) {
    return;
  }
  if (!whole) {
    spdlog::warn("the broker has cut the set of the clients' wills; it is read again in {} s",
                 read_again_after.count());
    next_read_ = now + read_again_after;
    return;
  }
  if (touched_.contains(topics_.record(self_.instance))) {
    return begin_read();
  }
  for (const std::string& instance : std::exchange(died_before_read_, {})) {
    died_.erase(instance);
  }
  taking_ = true;
  if (mode_ == Mode::reading) {
    take_records(copies, now);
  }
  take_entries(copies, now);
  taking_ = false;
  mode_ = Mode::working;
  given_up_ = false;
  give_up_at_.reset();
  look_at_all(now);
  look_at_orphans(now);
  memory_lost_ = false;
  found_dead_ = false;
  next_sweep_ = next_sweep_.value_or(now + first_sweep);
  if (read_again_) {
    begin_read();
  }
}

void WillRegistry::take_records(const std::vector<Copy>& copies, TimePoint now) {
  std::string_view own;
  for (const Copy& copy : copies) {
    const auto topic = topics_.parse(copy.topic);
    if (!topic || topic->kind != WillTopics::Kind::record || touched_.contains(std::string(copy.topic))) {
      continue;
    }
    if (topic->name == self_.instance) {
      own = copy.text;
    } else if (const auto record = parse_record(copy.text); record && is_plausible(record->epoch)) {
      instances_.on_record(topic->name, *record, false, now);
    }
  }
  take_own_record(own, now);
}

void WillRegistry::take_own_record(std::string_view text, TimePoint now) {
  auto record = parse_record(text);
  if (record && !is_plausible(record->epoch)) {
    record.reset();
  }
  const bool ours = record && own_epochs_.contains(record->epoch);
  const bool was_here = kept_count_ != 0;
  const bool killed = record && record->state == InstanceState::dead && record->epoch >= self_.epoch;
  memory_lost_ = was_here && (!record || (ours && !killed && record->count < kept_count_));
  if (killed || !was_here) {
    instances_.set_own_death(now + (record ? record->wait : std::chrono::seconds(0)));
  }
  // A former run, whose clock was ahead.
  if (killed || (record && !ours && record->epoch >= self_.epoch)) {
    set_epoch(record->epoch + 1);
  }
  found_dead_ = found_dead_ || (killed && was_here);
  left_ ? say_goodbye(now) : write_record(InstanceState::alive, {}, now);
}

void WillRegistry::take_entries(const std::vector<Copy>& copies, TimePoint now) {
  std::unordered_set<std::string> seen;
  const auto is_newer_here = [this](const std::string& topic) {
    return touched_.contains(topic) || outgoing_.busy(topic);
  };
  for (const Copy& copy : copies) {
    const auto topic = topics_.parse(copy.topic);
    if (topic && topic->kind == WillTopics::Kind::entry && seen.emplace(topic->name).second &&
        !is_newer_here(std::string(copy.topic))) {
      on_entry(std::string(topic->name), copy.text, Came::kept, now);
    }
  }
  std::set<std::string> missing;
  const auto note_missing = [&](const std::string& client) {
    if (!seen.contains(client) && !is_newer_here(topics_.entry(client))) {
      missing.insert(client);
    }
  };
  for (const auto& [client, standing] : standings_) {
    note_missing(client);
  }
  for (const auto& [client, holding] : holdings_) {
    note_missing(client);
  }
  for (const std::string& client : missing) {
    on_entry(client, {}, Came::kept, now);
  }
  if (mode_ == Mode::reading) {
    take_touched(now);
  }
}

// What was written during the first read counted for what stands, and no more.
void WillRegistry::take_touched(TimePoint now) {
  for (const std::string& topic : touched_) {
    const auto parsed = topics_.parse(topic);
    const Held held = parsed ? holdings_.find(std::string(parsed->name)) : holdings_.end();
    if (held == holdings_.end() || parsed->kind != WillTopics::Kind::entry) {
      continue;
    }
    const Standing* const standing = standings_.find(held->first);
    const auto entry = standing == nullptr ? std::nullopt : parse_entry(standing->text);
    react(held, entry ? &*entry : nullptr, false, now);
  }
}

}  // namespace lobbyd::hub
