#pragma once

// A broker with one retained message for each topic: each connection keeps its order both ways, and takes its time.

#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/simulation/schedule.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::scores::test {

using simulation::Dice;
using simulation::Journal;
using simulation::Schedule;
using simulation::TimePoint;

class ModelBroker {
 public:
  struct Receiver {
    // Retained messages first, then live ones.
    std::function<void(const std::string& topic, const std::string& payload)> on_message;
    std::function<void()> on_retained_end;
  };
  struct Connection {
    Receiver receiver;
    TimePoint sent_until{};      // so far the way up is taken
    TimePoint received_until{};  // and the way down
    TimePoint cut{TimePoint::max()};
  };
  using Handle = std::shared_ptr<Connection>;

  static constexpr std::chrono::milliseconds longest_way{150};

  ModelBroker(Schedule& schedule, Dice& dice, Journal& journal);

  // Everything is subscribed to.
  Handle connect(Receiver receiver);
  // All that is on its way down is lost at once; of what is on its way up the first part still arrives, within
  // `longest_way`.
  void cut(const Handle& connection);
  void publish(const Handle& connection, const std::string& topic, const std::string& payload);

  const std::map<std::string, std::string>& retained() const { return retained_; }
  void forget_everything() { retained_.clear(); }
  // All messages that it has got so far: topics and payloads.
  const std::vector<std::pair<std::string, std::string>>& history() const { return history_; }

 private:
  void deliver(const Handle& connection, std::function<void()> delivery);
  TimePoint after_a_way(TimePoint& taken_until);

  Schedule& schedule_;
  Dice& dice_;
  Journal& journal_;
  std::map<std::string, std::string> retained_;
  std::vector<Handle> subscribers_;
  std::vector<std::pair<std::string, std::string>> history_;
};

}  // namespace lobbyd::scores::test
