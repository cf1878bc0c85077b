#pragma once

// One course: a client, its application and a broker over a network, all faults and all chance from one seed.
//
//   calm       the first connection, without faults: a session that the client knows nothing of is a broker's to lose
//   storm      everything that networks and brokers do, for some minutes of virtual time
//   recovery   the network is well again, and everything has to come to its end within `time_to_settle`

#include "tests/unit/simulation/application.hpp"
#include "tests/unit/simulation/model_broker.hpp"
#include "tests/unit/simulation/shell.hpp"

#include <cstdint>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::simulation {

// What may happen in a course; half of the seeds have each.
struct Course {
  bool versions_change = false;
  bool sessions_get_lost = false;
  bool memory_gets_old = false;  // see ModelBroker::Memory::saved_once
  bool some_are_refused = false;
  bool some_are_abandoned = false;
  std::uint16_t keep_alive = 0;  // seconds
  Duration base_delay{0};
  Duration added_delay{0};
};

class Simulation {
 public:
  // `everything` gets a line for each thing that happens; may be null.
  Simulation(std::uint32_t seed, std::ostream* everything);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation() = default;

  // The rules that were broken.
  std::vector<std::string> run();
  // Of virtual time, from the end of all faults on.
  Duration took_to_settle() const { return took_to_settle_; }
  // Takes all packet identifiers of the client, so once, after run(): whether none is lost.
  bool all_packet_ids_are_free();

 private:
  static Course course_from(Dice& dice);
  mqtt::ClientOptions client_options();

  void storm();
  void act();
  void act_on_network();
  void act_on_broker();
  void change_limits();
  void check_filters();
  bool is_settled();

  void check();
  void check_what_the_broker_has();
  void check_what_the_application_has();
  void expect_order(const std::vector<unsigned>& numbers, const std::set<unsigned>& but, std::string_view rule);
  void expect_no_repetition(const std::vector<unsigned>& numbers, std::string_view rule);

  Dice dice_;
  Course course_;
  Schedule schedule_;
  Journal journal_;
  VirtualNetwork network_{schedule_, dice_};
  ModelBroker broker_{schedule_, network_, journal_, dice_};
  Application application_{schedule_, journal_, dice_};
  Shell shell_;
  int acts_left_;
  bool storm_is_over_ = false;
  unsigned last_sent_ = 0;
  Duration took_to_settle_{0};
};

}  // namespace lobbyd::simulation
