#pragma once

// Instances that serve one room over a model of a broker, clients that come, talk, move and go, and all that befalls
// them: links that break, daemons that are killed and start again with nothing, daemons that never come back, a broker
// that loses its memory. All chance is from one seed.

#include "service/apps/rooms/room.hpp"
#include "tests/unit/apps/model/model_broker.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps::test {

// What a client has been told.
struct RoomClient {
  std::string id;
  std::size_t instance = 0;  // that serves it
  bool connected = false;
  bool asked = false;  // to join, or has joined
  bool joined = false;
  std::uint64_t owner = 0;  // the run of an instance whose entry among the wills is the client's latest
  std::map<std::string, std::string> members;  // names
  std::set<std::string> messages;
  std::string first_message;  // that it got when it joined
  std::vector<std::string> faults;
};

class SimulatedRooms {
 public:
  SimulatedRooms(std::uint32_t seed, std::ostream* everything);
  SimulatedRooms(const SimulatedRooms&) = delete;
  SimulatedRooms& operator=(const SimulatedRooms&) = delete;
  ~SimulatedRooms();

  // What is not as it should be in the end.
  std::vector<std::string> run();

 private:
  static constexpr std::string_view prefix = "lobby/";

  struct Instance {
    std::string name;
    std::uint64_t run = 0;  // 0: it is dead
    std::int64_t skew_ms = 0;
    std::unique_ptr<Surroundings> surroundings;
    std::unique_ptr<Room> room;
    std::shared_ptr<ModelLink> link;
    std::optional<simulation::TimePoint> dead_since;
  };

  Moment now(const Instance& instance) const;
  void note(const std::string& text);
  void start(std::size_t index);
  void kill(std::size_t index);
  void publish_wills(std::uint64_t run);
  void see_to(std::size_t index, RoomOutput out);
  void tell(std::size_t index, const RoomEvent& event);
  void complete(std::size_t index, RoomClient& client);
  template <class Action>
  void on_room(std::size_t index, Action action);
  void tick(std::size_t index);

  void act();
  void act_on_client(RoomClient& client);
  void act_on_instance(std::size_t index);
  void come(RoomClient& client);
  void go(RoomClient& client, DepartureReason reason);
  void speak(RoomClient& client);
  void remove(RoomClient& client);
  void kick(RoomClient& client);
  void recover();
  void sweep();

  std::vector<std::string> differences();
  std::vector<std::string> differences_of(const Room& room, const std::string& where);
  std::vector<std::string> differences_of(const RoomClient& client);
  std::unique_ptr<Room> read_anew(Surroundings& surroundings);
  std::vector<std::string> seen_history(const Room& room) const;
  std::vector<std::string> expected_history() const;
  std::map<std::string, std::string> expected_members() const;

  Dice dice_;
  Schedule schedule_;
  simulation::TimePoint start_ = schedule_.now();
  std::ostream* everything_;
  ModelBroker broker_;
  RoomSettings settings_;
  std::vector<Instance> instances_;
  std::vector<RoomClient> clients_;
  std::uint64_t runs_ = 0;
  unsigned texts_ = 0;
  bool deletes_ = false;  // messages are deleted
  bool cuts_ = false;     // links are lost
  bool forgot_ = false;   // the broker has
  bool stormy_ = true;
};

}  // namespace lobbyd::apps::test
