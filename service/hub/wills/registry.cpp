#include "service/hub/wills/registry.hpp"

#include "service/schedule/earliest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

// Reads that are cut all the time, or never answered: until then no will is published that is due.
constexpr std::chrono::seconds hope{30};
constexpr std::uint64_t most_ahead = 3'600'000;  // ms

}  // namespace

WillRegistry::WillRegistry(Options options, Port& port)
    : options_(std::move(options)),
      port_(port),
      topics_(options_.prefix, options_.instance),
      self_{options_.instance, options_.epoch != 0 ? options_.epoch : port_.unix_time()},
      instances_(self_, options_.times, *this),
      outgoing_([this](const std::string& topic, const std::string& text) { return port_.write(topic, text); }),
      standings_(options_.standings),
      mode_(options_.shared ? Mode::down : Mode::alone),
      own_epochs_{self_.epoch} {}

bool WillRegistry::is_plausible(std::uint64_t time) const {
  return time <= port_.unix_time() + most_ahead;
}

bool WillRegistry::hopeful() const {
  return (mode_ == Mode::reading || mode_ == Mode::working) && !given_up_;
}

// The link ------------------------------------------------------------------------------------------------------------

void WillRegistry::on_link_up(TimePoint now) {
  if (mode_ == Mode::alone) {
    return;
  }
  on_link_down();
  mode_ = Mode::reading;
  given_up_ = false;
  full_ = false;
  record_seen_ = false;
  give_up_at_ = now + hope;
  standings_.clear();
  instances_.begin_anew();
  for (auto& [client, holding] : holdings_) {
    holding.stood = holding.stood || holding.stands;
    holding.stands = false;
    holding.mourner.reset();
  }
  begin_read();
}

void WillRegistry::on_link_down() {
  if (mode_ == Mode::alone) {
    return;
  }
  mode_ = Mode::down;
  outgoing_.clear();
  for (auto& [client, holding] : holdings_) {
    holding.unsure = holding.unsure || holding.stage == Holding::Stage::marking;
  }
  read_under_way_ = false;
  read_again_ = false;
  next_read_.reset();
  next_record_.reset();
  give_up_at_.reset();
  died_.clear();
}

void WillRegistry::on_refused(TimePoint now) {
  give_up(now);
}

void WillRegistry::give_up(TimePoint now) {
  give_up_at_.reset();
  if (mode_ == Mode::alone || std::exchange(given_up_, true)) {
    return;
  }
  spdlog::error(
      "wills are kept by this daemon alone, and do not survive it: the broker does not let it keep them as retained "
      "messages below \"{}\"; its user needs all rights there",
      options_.prefix);
  look_at_all(now);
}

// What comes ----------------------------------------------------------------------------------------------------------

bool WillRegistry::on_message(std::string_view topic, std::string_view text, TimePoint now) {
  const auto parsed = topics_.parse(topic);
  if (!parsed || mode_ == Mode::alone || mode_ == Mode::down) {
    return parsed.has_value();
  }
  const bool own = parsed->name == self_.instance;
  if (read_under_way_ && (parsed->kind == WillTopics::Kind::entry || parsed->kind == WillTopics::Kind::record)) {
    touched_.emplace(topic);
  }
  switch (parsed->kind) {
    case WillTopics::Kind::entry:
      on_entry(std::string(parsed->name), text, outgoing_.take(topic, text, now) ? Came::back : Came::live, now);
      break;
    case WillTopics::Kind::record:
      own ? on_own_record(text, now) : on_record(parsed->name, text, now);
      break;
    case WillTopics::Kind::gone:
      if (!own) {
        instances_.on_gone(parsed->name, now);
      }
      break;
    case WillTopics::Kind::ask:
      if (own && is_nonce(text) && !left_) {
        port_.send(topics_.answer(self_.instance), to_text(LifeSign{std::string(text), self_.epoch}));
      }
      break;
    case WillTopics::Kind::answer:
      on_answer(parsed->name, text, now);
      break;
  }
  return true;
}

void WillRegistry::on_record(std::string_view instance, std::string_view text, TimePoint now) {
  outgoing_.take(topics_.record(instance), text, now);
  if (text.empty()) {
    instances_.on_record_deleted(instance);
  } else if (const auto record = parse_record(text); record && is_plausible(record->epoch)) {
    instances_.on_record(instance, *record, true, now);
  }
}

void WillRegistry::on_answer(std::string_view instance, std::string_view text, TimePoint now) {
  const auto sign = parse_life_sign(text);
  if (!sign || !is_plausible(sign->epoch)) {
    return;
  }
  if (instance != self_.instance) {
    instances_.on_life_sign(instance, sign->epoch, now);
  } else if (!own_epochs_.contains(sign->epoch)) {
    on_other_self(sign->epoch, now);
  }
}

void WillRegistry::on_own_record(std::string_view text, TimePoint now) {
  const bool ours = outgoing_.take(topics_.record(self_.instance), text, now);
  if (ours || text == own_record_) {
    record_seen_ = true;
    const auto kept = parse_record(text);
    kept_count_ = kept ? kept->count : 0;
    return;
  }
  if (mode_ != Mode::working || leaving_) {
    return;
  }
  const auto record = parse_record(text);
  if (!record || !is_plausible(record->epoch)) {
    return write_record(InstanceState::alive, {}, now);
  }
  if (record->state == InstanceState::dead) {
    return record->epoch >= self_.epoch ? renew(now) : write_record(InstanceState::alive, {}, now);
  }
  own_epochs_.contains(record->epoch) ? write_record(InstanceState::alive, {}, now) : on_other_self(record->epoch, now);
}

// Who was here before stays; whoever came later is to find that out.
void WillRegistry::on_other_self(std::uint64_t epoch, TimePoint now) {
  if (epoch < self_.epoch) {
    port_.on_duplicate();
  } else if (mode_ == Mode::working) {
    write_record(InstanceState::alive, {}, now);
  }
}

std::optional<WillEntry> WillRegistry::parse(std::string_view text) const {
  auto entry = parse_entry(text);
  return entry && is_plausible(entry->at) && is_plausible(entry->owner.epoch) ? std::move(entry) : std::nullopt;
}

void WillRegistry::on_entry(const std::string& client, std::string_view text, Came came, TimePoint now) {
  const auto entry = text.empty() ? std::nullopt : parse(text);
  const Held held = holdings_.find(client);
  if (!text.empty() && !entry) {
    // Nobody's: who holds the client writes again.
    if (held != holdings_.end()) {
      held->second.stands = false;
      look_at(held, now);
    }
    return;
  }
  if (!entry && put_back_wiped(client, came, now)) {
    return;
  }
  const bool rightful = entry ? stand(client, *entry, text, came) : (standings_.erase(client), true);
  const bool live = came != Came::kept;
  if (live && mode_ == Mode::reading) {
    return;
  }
  if (entry) {
    instances_.on_owner(entry->owner, now);
  }
  if (held != holdings_.end() && entry && !entry->leaving && held->second.mourner == entry->owner) {
    // It has withdrawn its mark, or has done what that was for.
    held->second.mourner.reset();
  }
  if (held != holdings_.end() && !rightful && entry->owner != self_) {
    on_overwritten(held, now);
  } else if (held != holdings_.end()) {
    react(held, entry ? &*entry : nullptr, live, now);
  } else if (entry && entry->owner == self_) {
    put_back(client, now);
  } else if (entry && live) {
    rightful ? look_at_orphan(client, now) : defend(client, now);
  }
}

// An emptying of ours has come late, when another had claimed the client already. That one writes again, if it lives;
// and then the emptying may as well have been its own.
bool WillRegistry::put_back_wiped(const std::string& client, Came came, TimePoint now) {
  const Held held = holdings_.find(client);
  const bool ours = came == Came::back || (held != holdings_.end() && held->second.stage == Holding::Stage::publishing);
  const Standing* const standing = standings_.find(client);
  if (!ours || came == Came::kept || mode_ != Mode::working || standing == nullptr || standing->entry.leaving ||
      standing->entry.owner.instance == self_.instance) {
    return false;
  }
  if (instances_.is_alive(standing->entry.owner)) {
    // Until that comes its claim is as good as written, lest an old one of ours that comes back is emptied again.
    return held == holdings_.end() && came == Came::back;
  }
  if (held != holdings_.end() && held->second.stage == Holding::Stage::releasing &&
      !is_later(standing->entry, held->second.entry)) {
    return false;
  }
  outgoing_.write(topics_.entry(client), standing->text, now);
  return true;
}

// What has been overwritten without right is put back by all who saw it where its owner cannot.
void WillRegistry::defend(const std::string& client, TimePoint now) {
  const Standing* const standing = standings_.find(client);
  if (standing == nullptr || instances_.is_dead(standing->entry.owner)) {
    put_back(client, now);
  }
}

bool WillRegistry::stand(const std::string& client, const WillEntry& entry, std::string_view text, Came came) {
  const Standing* const present = standings_.find(client);
  // Before all is known nobody can tell who had which right: what came last is what is kept.
  const bool kept = mode_ == Mode::reading || (present == nullptr && came == Came::kept);
  // Once it has said that it leaves what is its own is the others', too.
  const bool dead =
      present != nullptr && (instances_.is_dead(present->entry.owner) || (left_ && present->entry.owner == self_));
  if (!kept && !takes_place(entry, present == nullptr ? nullptr : &present->entry, dead)) {
    return false;
  }
  if (present != nullptr && came != Came::kept) {
    inherit(client, entry, *present);
  }
  if (!standings_.put(client, entry, text) && !std::exchange(full_, true)) {
    spdlog::error(
        "there are more than {} clients with wills on this broker, or more than {} MiB of them: of the others "
        "no will is published when their daemon dies",
        options_.standings.entries, options_.standings.bytes >> 20U);
  }
  return true;
}

// Of a claim that is marked whoever has marked it publishes the wills.
void WillRegistry::inherit(const std::string& client, const WillEntry& entry, const Standing& before) {
  const bool claims = entry.owner == self_ && !entry.leaving;
  if (!claims || before.entry.owner == self_ || before.entry.leaving) {
    return;
  }
  if (auto former = parse_entry(before.text); former && !former->wills.empty()) {
    port_.on_inherited(client, std::move(former->wills));
  }
}

// Itself --------------------------------------------------------------------------------------------------------------

void WillRegistry::write_record(InstanceState state, std::chrono::seconds wait, TimePoint now) {
  next_record_.reset();
  own_record_ = to_text(InstanceRecord{.epoch = self_.epoch, .state = state, .wait = wait, .count = ++record_count_});
  outgoing_.write(topics_.record(self_.instance), own_record_, now);
}

void WillRegistry::set_epoch(std::uint64_t at_least) {
  self_.epoch = std::max(port_.unix_time(), at_least);
  own_epochs_.insert(self_.epoch);
  instances_.set_epoch(self_.epoch);
}

// What was owned until now is the others' from here on, unless it is claimed again.
void WillRegistry::renew(TimePoint now) {
  spdlog::warn("the other daemons have taken this one for dead, and publish its clients' wills; it begins anew");
  set_epoch(self_.epoch + 1);
  instances_.set_own_death(now);
  found_dead_ = true;
  outgoing_.clear();
  mode_ = Mode::reading;
  give_up_at_ = now + hope;
  begin_read();
}

void WillRegistry::ask(const std::string& instance) {
  port_.send(topics_.ask(instance), std::to_string(self_.epoch) + "-" + std::to_string(++nonces_));
}

void WillRegistry::declare_dead(const Owner& owner, TimePoint now) {
  spdlog::warn("daemon \"{}\" does not answer: its clients' wills are published", owner.instance);
  outgoing_.write(topics_.record(owner.instance),
                  to_text(InstanceRecord{.epoch = owner.epoch, .state = InstanceState::dead}), now);
}

// The end -------------------------------------------------------------------------------------------------------------

void WillRegistry::begin_leaving(TimePoint now) {
  leaving_ = true;
  next_record_.reset();
  look_at_all(now);
}

bool WillRegistry::settled(TimePoint deadline) const {
  const auto is_settled = [&](const auto& held) {
    switch (held.second.stage) {
      case Holding::Stage::served:
        return true;
      case Holding::Stage::waiting:
        return left_.has_value() || due(held.second) > deadline;
      default:
        return false;
    }
  };
  return outgoing_.idle() && publishing_ == 0 && marked_.empty() && std::ranges::all_of(holdings_, is_settled);
}

void WillRegistry::leave(std::chrono::seconds after, TimePoint now) {
  left_ = after;
  if (mode_ == Mode::working) {
    say_goodbye(now);
  }
}

void WillRegistry::say_goodbye(TimePoint now) {
  // Former runs may have left some.
  const auto is_ours = [this](const auto& standing) { return standing.second.entry.owner.instance == self_.instance; };
  const bool some = std::ranges::any_of(holdings_, [](const auto& held) { return held.second.written; });
  if (some || std::ranges::any_of(standings_, is_ours)) {
    return write_record(InstanceState::draining, *left_, now);
  }
  own_record_.clear();
  outgoing_.write(topics_.record(self_.instance), {}, now);
}

// Time ----------------------------------------------------------------------------------------------------------------

std::optional<WillRegistry::TimePoint> WillRegistry::next_timeout() const {
  const Due at_work = mode_ == Mode::working ? earliest({instances_.next_timeout(), next_sweep_, next_record_}) : Due();
  return earliest({agenda_.next(), next_read_, give_up_at_, outgoing_.next_timeout(), at_work});
}

void WillRegistry::handle_timeout(TimePoint now) {
  if (next_read_ && now >= *next_read_) {
    begin_read();
  }
  if (give_up_at_ && now >= *give_up_at_) {
    give_up(now);
  }
  for (const std::string& topic : outgoing_.handle_timeout(now)) {
    on_lost(topic, now);
  }
  if (mode_ == Mode::working) {
    instances_.handle_timeout(now);
    sweep(now);
    if (next_record_ && now >= *next_record_) {
      write_record(InstanceState::alive, {}, now);
    }
  }
  while (const auto client = agenda_.take_due(now)) {
    look_at(*client, now);
  }
}

// A message that does not come back: it is written again, if it is wanted still.
void WillRegistry::on_lost(const std::string& topic, TimePoint now) {
  const auto parsed = topics_.parse(topic);
  if (parsed && parsed->kind == WillTopics::Kind::entry) {
    return look_at(std::string(parsed->name), now);
  }
  if (parsed && parsed->name == self_.instance && !leaving_) {
    write_record(InstanceState::alive, {}, now);
    if (!record_seen_) {
      give_up(now);
    }
  }
}

}  // namespace lobbyd::hub
