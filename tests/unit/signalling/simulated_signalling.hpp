#pragma once

// Instances that serve one signalling room over a model of a broker, peers that come, signal each other, seal and go,
// and all that befalls them. All chance is from one seed.

#include "service/apps/signalling/signal_room.hpp"
#include "tests/unit/apps/model/model_broker.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps::test {

// What a client has been told.
struct SignalClient {
  std::string id;
  std::size_t instance = 0;  // that serves it
  bool connected = false;
  bool waits = false;       // for the answer to its join
  PeerId peer = 0;          // 0: it is none
  std::uint64_t stay = 0;   // counts the times that anybody was accepted
  std::uint64_t owner = 0;  // the run of an instance whose entry among the wills is the client's latest
  std::vector<Publication> wills;
  SignalMode mode = SignalMode::mesh;
  bool sealed = false;
  std::set<PeerId> peers;
  std::map<std::uint64_t, unsigned> sent;      // by the receiver's stay
  std::map<std::uint64_t, unsigned> received;  // by the sender's stay
};

class SimulatedSignalling {
 public:
  SimulatedSignalling(std::uint32_t seed, std::ostream* everything);
  SimulatedSignalling(const SimulatedSignalling&) = delete;
  SimulatedSignalling& operator=(const SimulatedSignalling&) = delete;
  ~SimulatedSignalling();

  // What is not as it should be.
  std::vector<std::string> run();

 private:
  static constexpr std::string_view prefix = "lobby/";

  struct Course {
    bool cluster = false;  // the broker has no one order
    bool cuts = false;
    bool kills = false;
    bool seals = false;
    bool modes_mix = false;
    SignalMode mode = SignalMode::mesh;

    bool calm() const { return !cuts && !kills; }
  };
  struct Instance {
    std::string name;
    std::uint64_t run = 0;  // 0: it is dead
    std::int64_t skew_ms = 0;
    std::unique_ptr<Surroundings> surroundings;
    std::unique_ptr<SignalRoom> room;
    std::shared_ptr<ModelLink> link;
  };

  static Course course_from(Dice& dice);
  Moment now(const Instance& instance) const;
  void note(const std::string& text);
  void fault(const std::string& text);
  void start(std::size_t index);
  void kill(std::size_t index);
  void publish_wills(std::uint64_t run);
  void see_to(std::size_t index, SignalOutput out);
  void tell(std::size_t index, const SignalEvent& event);
  void accept(SignalClient& client, const PeerAccepted& event);
  void receive(SignalClient& client, const SignalMessage& message);
  template <class Action>
  void on_room(std::size_t index, Action action);
  void tick(std::size_t index);

  void act();
  void act_on_client(SignalClient& client);
  void act_on_instance(std::size_t index);
  void come(SignalClient& client);
  void go(SignalClient& client);
  void signal(SignalClient& client, const SignalClient& target);
  void recover();

  void check();
  void check_uniqueness();
  void check_room(const SignalRoom& room, const std::string& where);
  void check_client(const SignalClient& client);
  SignalClient* client_of(const std::string& id);
  std::set<PeerId> expected_peers() const;

  Dice dice_;
  Schedule schedule_;
  simulation::TimePoint start_ = schedule_.now();
  std::ostream* everything_;
  Course course_;
  ModelBroker broker_;
  std::vector<Instance> instances_;
  std::vector<SignalClient> clients_;
  std::uint64_t runs_ = 0;
  std::uint64_t stays_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace lobbyd::apps::test
