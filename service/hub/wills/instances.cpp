#include "service/hub/wills/instances.hpp"

#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

// A question may get lost: the one that was asked may just be coming back.
constexpr std::chrono::milliseconds ask_again{500};
// Dead is what stands in the broker as dead: perhaps it is this daemon that is cut off.
constexpr std::chrono::seconds declare_again{5};

}  // namespace

Instances::Instances(Owner self, Times times, Port& port) : self_(std::move(self)), times_(times), port_(port) {}

void Instances::begin_anew() {
  std::erase_if(known_, [](const auto& item) { return item.second.state != State::dead; });
  gone_.clear();
}

// A greater epoch ends those before it. Null for an epoch that has ended, and where there are too many.
Instances::Known* Instances::find(std::string_view instance, std::uint64_t epoch, TimePoint now) {
  auto found = known_.find(instance);
  if (found == known_.end()) {
    if (known_.size() >= most_instances) {
      return nullptr;
    }
    found = known_.emplace(instance, Known{.epoch = epoch, .dead_at = {}, .next_ask = {}, .died = now}).first;
    port_.on_death(found->first, now);
  }
  Known& known = found->second;
  if (epoch > known.epoch) {
    known.epoch = epoch;
    if (std::exchange(known.state, State::alive) != State::dead) {
      known.died = now;
      port_.on_death(found->first, now);
    }
  }
  return epoch < known.epoch || known.state == State::dead ? nullptr : &known;
}

void Instances::on_record(std::string_view instance, const InstanceRecord& record, bool live, TimePoint now) {
  Known* const known = record.state == InstanceState::alive ? find_living(instance, record.epoch, now)
                                                            : find(instance, record.epoch, now);
  if (known == nullptr) {
    return;
  }
  const std::string name(instance);
  if (record.state != InstanceState::alive) {
    die(name, *known, now + record.wait, now);
    return;
  }
  known->state = State::alive;
  const bool has_gone = gone_.erase(name) > 0;
  if (!live) {
    suspect(name, *known, has_gone ? times_.grace : times_.patience, now);
  }
}

// Where it says so itself it has to learn otherwise: perhaps the broker has forgotten.
Instances::Known* Instances::find_living(std::string_view instance, std::uint64_t epoch, TimePoint now) {
  Known* const known = find(instance, epoch, now);
  if (known == nullptr) {
    const auto found = known_.find(instance);
    if (found != known_.end() && found->second.epoch == epoch) {
      port_.declare_dead({found->first, epoch}, now);
    }
  }
  return known;
}

void Instances::on_record_deleted(std::string_view instance) {
  if (const auto found = known_.find(instance); found != known_.end()) {
    known_.erase(found);
  }
}

// Its record may still be on its way, among all that is read.
void Instances::on_gone(std::string_view instance, TimePoint now) {
  const auto found = known_.find(instance);
  if (found == known_.end()) {
    if (gone_.size() < most_instances) {
      gone_.emplace(instance);
    }
  } else if (found->second.state != State::dead) {
    suspect(found->first, found->second, times_.grace, now);
  }
}

void Instances::on_life_sign(std::string_view instance, std::uint64_t epoch, TimePoint now) {
  if (Known* const known = find_living(instance, epoch, now)) {
    known->state = State::alive;
  }
}

// Without a record nobody vouches for it. An entry does not end an epoch: only its instance itself does.
void Instances::on_owner(const Owner& owner, TimePoint now) {
  if (owner.instance == self_.instance || known_.contains(owner.instance)) {
    return;
  }
  if (Known* const known = find(owner.instance, owner.epoch, now)) {
    suspect(owner.instance, *known, times_.patience, now);
  }
}

void Instances::suspect(const std::string& name, Known& known, std::chrono::milliseconds patience, TimePoint now) {
  if (known.state != State::suspected) {
    known.state = State::suspected;
    known.dead_at = now + patience;
  }
  known.dead_at = std::min(known.dead_at, now + patience);
  known.next_ask = now + ask_again;
  port_.ask(name);
}

void Instances::die(const std::string& name, Known& known, TimePoint died, TimePoint now) {
  known.state = State::dead;
  known.died = died;
  port_.on_death(name, now);
}

bool Instances::is_dead(const Owner& owner) const {
  if (owner.instance == self_.instance) {
    return owner.epoch < self_.epoch;
  }
  const auto found = known_.find(owner.instance);
  return found != known_.end() && (owner.epoch < found->second.epoch || found->second.state == State::dead);
}

bool Instances::is_alive(const Owner& owner) const {
  const auto found = known_.find(owner.instance);
  return found != known_.end() && owner.epoch == found->second.epoch && found->second.state == State::alive;
}

Instances::TimePoint Instances::died_at(const std::string& instance) const {
  const auto found = known_.find(instance);
  return found == known_.end() ? own_death_ : found->second.died;
}

std::vector<std::string_view> Instances::living() const {
  std::vector<std::string_view> names{self_.instance};
  for (const auto& [name, known] : known_) {
    if (known.state == State::alive) {
      names.emplace_back(name);
    }
  }
  return names;
}

std::vector<std::string> Instances::dead_since(TimePoint time) const {
  std::vector<std::string> names;
  for (const auto& [name, known] : known_) {
    if (known.state == State::dead && known.died <= time) {
      names.push_back(name);
    }
  }
  return names;
}

std::optional<Instances::TimePoint> Instances::next_timeout() const {
  Due next;
  for (const auto& [name, known] : known_) {
    if (known.state == State::suspected) {
      next = earliest({next, known.dead_at, known.next_ask});
    }
  }
  return next;
}

void Instances::handle_timeout(TimePoint now) {
  for (auto& [name, known] : known_) {
    if (known.state != State::suspected) {
      continue;
    }
    if (now >= known.dead_at) {
      known.dead_at = now + declare_again;
      port_.declare_dead({name, known.epoch}, now);
    } else if (now >= known.next_ask) {
      known.next_ask = now + ask_again;
      port_.ask(name);
    }
  }
}

}  // namespace lobbyd::hub
