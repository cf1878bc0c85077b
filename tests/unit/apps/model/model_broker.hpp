#pragma once

// A broker for services, over virtual time: one retained message a topic, one order of all messages, and links to
// instances on which everything keeps its order and takes its time. What was not acknowledged when a link broke is sent
// again on the next one, as QoS 1 has it.
//
// As a cluster of several nodes it has no one order: each node passes on at once what it gets from its own links, and
// in the end all have the same retained messages only where nobody wrote at the same time.

#include "service/apps/publication.hpp"
#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/schedule.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps::test {

using simulation::Dice;
using simulation::Schedule;

class ModelBroker;

// One instance's link, for all its life.
class ModelLink : public std::enable_shared_from_this<ModelLink> {
 public:
  // All come in the broker's order: what is retained below the prefix between `on_begin` and `on_end`, then what is
  // published. `forgetful`: the broker has lost its memory since the last time.
  struct Handlers {
    std::function<void()> on_begin;
    std::function<void(const std::string& topic, const std::string& payload)> on_message;
    std::function<void(bool forgetful)> on_end;
  };

  ModelLink(ModelBroker& broker, std::string prefix, Handlers handlers);

  void publish(Publication publication);
  // Subscribes to everything below the prefix, and sends what is unacknowledged.
  void connect();
  // What is on its way may be lost; nothing more comes.
  void cut();
  // For ever: of what is on its way to the broker the first ones may still arrive.
  void kill();
  bool connected() const { return epoch_ % 2 == 1; }
  bool idle() const { return unacknowledged_.empty(); }

 private:
  friend class ModelBroker;
  struct Sent {
    std::uint64_t number = 0;
    Publication publication;
  };

  void send(const Sent& sent);
  void deliver(std::function<void()> action);
  simulation::TimePoint later(simulation::TimePoint& last);

  ModelBroker& broker_;
  std::string prefix_;
  Handlers handlers_;
  std::size_t node_ = 0;
  std::uint64_t epoch_ = 0;  // odd: connected
  bool listening_ = false;   // the subscription has reached the broker
  std::uint64_t numbers_ = 0;
  std::deque<Sent> unacknowledged_;
  simulation::TimePoint last_up_;
  simulation::TimePoint last_down_;
  std::uint64_t memory_ = 0;  // of the broker, when it was read last; 0: never
  std::uint64_t dies_behind_ = ~std::uint64_t{0};
};

class ModelBroker {
 public:
  ModelBroker(Schedule& schedule, Dice& dice, simulation::Duration longest_delay, std::size_t nodes = 1)
      : schedule_(schedule), dice_(dice), longest_delay_(longest_delay), nodes_(nodes) {}

  std::shared_ptr<ModelLink> link(std::string prefix, ModelLink::Handlers handlers);
  // At once, in the broker's order: what another client of it writes.
  void publish(const Publication& publication);
  // All retained messages are gone.
  void forget();

  // By the first node.
  const std::map<std::string, std::string>& retained() const { return nodes_.front().retained; }
  // Everything that was published, in order.
  const std::vector<Publication>& journal() const { return journal_; }

 private:
  friend class ModelLink;
  struct Node {
    std::map<std::string, std::string> retained;
    std::map<std::size_t, simulation::TimePoint> last_to;  // another node
  };
  void listen(const std::shared_ptr<ModelLink>& link);
  void publish_at(std::size_t node, const Publication& publication);
  void pass_on(std::size_t node, const Publication& publication);

  Schedule& schedule_;
  Dice& dice_;
  simulation::Duration longest_delay_;
  std::vector<Node> nodes_;
  std::vector<std::weak_ptr<ModelLink>> links_;
  std::vector<Publication> journal_;
  std::uint64_t memory_ = 1;
};

}  // namespace lobbyd::apps::test
