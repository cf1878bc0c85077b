#pragma once

// A broker: retained messages, and the daemons that listen. Handles one packet at a time.

#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/wills/model_link.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::hub::model {

class ModelBroker {
 public:
  using Retained = std::map<std::string, std::string>;
  enum class Memory { kept, saved_once, none };

  ModelBroker(Schedule& schedule, Dice& dice, simulation::Journal& journal)
      : schedule_(schedule), dice_(dice), journal_(journal) {}

  // What is not retained and nobody listens to: wills.
  std::function<void(const std::string& topic, const std::string& text)> on_will;
  std::function<void(const std::string& instance, std::uint64_t epoch)> on_declared_dead;

  bool is_up() const { return up_; }
  const Retained& retained() const { return retained_; }
  void save() { saved_ = retained_; }

  // Packets.
  void connect(const LinkPtr& link);
  void lost(const LinkPtr& link);
  void publish(const LinkPtr& link, const std::string& topic, const std::string& text, bool retain);
  void read(const LinkPtr& link, bool whole);

  // Faults.
  void stop(bool in_order);
  void start(Memory memory);

 private:
  void route(const std::string& topic, const std::string& text, bool retain);
  bool listens_to(const Link& link, std::string_view topic) const;
  void close(const LinkPtr& link);

  Schedule& schedule_;
  Dice& dice_;
  simulation::Journal& journal_;
  bool up_ = true;
  Retained retained_;
  Retained saved_;
  std::vector<LinkPtr> links_;
};

}  // namespace lobbyd::hub::model
