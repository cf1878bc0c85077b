#pragma once

// Two to five instances with one board on one broker, and what befalls them: submissions, removals, breaks, deaths, a
// broker's loss of memory, and whoever else publishes there. All by the seed.

#include "tests/unit/scores/model_broker.hpp"
#include "tests/unit/scores/model_instance.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace lobbyd::scores::test {

class World {
 public:
  // `everything` may be null; else all that happens is written there.
  World(std::uint32_t seed, std::ostream* everything);

  // The rules that were broken.
  std::vector<std::string> run();
  // How many messages it took after the last event until nobody had anything to say any more.
  std::size_t published_to_settle() const { return published_to_settle_; }

 private:
  struct Course {
    bool breaks = false;  // of connections, and deaths
    bool removals = false;
    bool outsiders = false;  // publish to the board's topics
    bool memory_loss = false;
  };

  void happen();
  void submit(ModelInstance& instance);
  void interfere();
  void lose_memory();
  void heal();
  void pass(std::chrono::milliseconds time);
  void check(const std::string& when, bool removals_are_old);
  void check_nothing_lost();
  std::string player() { return "p" + std::to_string(dice_.below(players_)); }

  Schedule schedule_;
  Dice dice_;
  Journal journal_;
  ModelBroker broker_;
  BoardTopics topics_;
  Course course_;
  unsigned players_;
  BoardSettings settings_;
  std::vector<std::unique_ptr<ModelInstance>> instances_;
  ModelBroker::Handle outsider_;
  std::map<std::string, double> expected_;  // of courses in which nothing is lost
  std::size_t published_to_settle_ = 0;
};

}  // namespace lobbyd::scores::test
