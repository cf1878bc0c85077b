#pragma once

// A connection between a daemon and the broker, packet by packet.

#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace lobbyd::hub::model {

using simulation::Dice;
using simulation::Duration;
using simulation::Schedule;
using simulation::TimePoint;

// One direction: what is sent arrives in order, each packet after a delay of its own.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  using Arrival = std::move_only_function<void()>;

  Pipe(Schedule& schedule, Dice& dice, Duration delay) : schedule_(schedule), dice_(dice), delay_(delay) {}

  void send(Arrival arrival) {
    if (!ended_) {
      add(std::move(arrival));
    }
  }
  // Of what is under way some, from the front, still arrive, and then `end`, after so long.
  void cut(Duration wait, Arrival end) {
    if (std::exchange(ended_, true)) return;
    const std::size_t left = packets_.empty() ? 0 : dice_.below(static_cast<unsigned>(packets_.size()) + 1);
    packets_.resize(left);
    last_ = std::max(last_, schedule_.now() + wait);
    add(std::move(end));
  }
  // All that is under way arrives, and then `end`.
  void finish(Arrival end) {
    if (!std::exchange(ended_, true)) add(std::move(end));
  }
  // Nothing arrives until then; it is late, not lost.
  void block(TimePoint until) { blocked_ = std::max(blocked_, until); }

 private:
  struct Packet {
    TimePoint arrives;
    Arrival arrival;
  };

  void add(Arrival arrival) {
    last_ = std::max(last_, schedule_.now() + dice_.up_to(delay_));
    packets_.push_back({last_, std::move(arrival)});
    wake(last_);
  }
  void wake(TimePoint time) {
    schedule_.at(time, [self = shared_from_this()] { self->deliver(); });
  }
  void deliver() {
    const TimePoint now = schedule_.now();
    if (now < blocked_) return wake(blocked_);
    while (!packets_.empty() && packets_.front().arrives <= now) {
      Arrival arrival = std::move(packets_.front().arrival);
      packets_.pop_front();
      arrival();
    }
  }

  Schedule& schedule_;
  Dice& dice_;
  Duration delay_;
  bool ended_ = false;
  TimePoint last_{};
  TimePoint blocked_{};
  std::deque<Packet> packets_;
};

class ModelDaemon;

struct Link {
  Link(Schedule& schedule, Dice& dice, Duration delay)
      : up(std::make_shared<Pipe>(schedule, dice, delay)), down(std::make_shared<Pipe>(schedule, dice, delay)) {}

  std::shared_ptr<Pipe> up;    // to the broker
  std::shared_ptr<Pipe> down;  // to the daemon
  std::string instance;
  std::string gone_topic;         // its MQTT will; empty: none
  bool listens = false;           // it holds what the registry listens to
  bool at_broker = false;         // it stands there
  ModelDaemon* daemon = nullptr;  // at its other end, while it stands there
};
using LinkPtr = std::shared_ptr<Link>;

}  // namespace lobbyd::hub::model
