#pragma once

#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/schedule.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::simulation {

enum class Side : std::uint8_t { client, broker };

using LinkId = std::size_t;

// One side of all connections.
class NetworkEvents {
 public:
  // The connection stands, seen from this side.
  virtual void on_open(LinkId link) = 0;
  virtual void on_bytes(LinkId link, std::string_view bytes) = 0;
  // Refused, broken, or closed by the other side. The last event of this connection.
  virtual void on_end(LinkId link) = 0;

 protected:
  ~NetworkEvents() = default;
};

// Connections between a client and a broker. Within one direction of one connection bytes keep their order, as TCP
// promises, and come in pieces of any size. Nothing else is promised: every direction has a delay of its own, so what
// was sent on an old connection may arrive after what was sent on a new one; the two sides hear of the end of a
// connection at different times, one of them perhaps never; and a connection may be dead without anybody being told.
class VirtualNetwork {
 public:
  VirtualNetwork(Schedule& schedule, Dice& dice) : schedule_(schedule), dice_(dice) {}
  VirtualNetwork(const VirtualNetwork&) = delete;
  VirtualNetwork& operator=(const VirtualNetwork&) = delete;
  ~VirtualNetwork() = default;

  void attach(Side side, NetworkEvents& events) { events_[index(side)] = &events; }

  // By the client. What becomes of it is an event: on_open, on_end, or none at all.
  LinkId connect();
  void send(LinkId link, Side from, std::string_view bytes);
  // What was sent before still arrives, and then the end. No event comes to this side any more.
  void close(LinkId link, Side by);

  // Faults -----------------------------------------------------------------------------------------------------

  // Both sides are told, each in its own time; what is under way until then may still arrive.
  void cut(LinkId link, Duration until_the_client_knows, Duration until_the_broker_knows);
  // Nothing that this side sends from here on arrives, not even the end.
  void swallow(LinkId link, Side from);
  // A machine that is gone ends no connections: its side is silent, and the other one hears nothing.
  void vanish(LinkId link, Side side);
  // Whether the broker's machine refuses connections.
  void set_listening(bool listening) { is_listening_ = listening; }
  // Whether requests for a connection get through.
  void set_passable(bool passable) { is_passable_ = passable; }
  // How long a direction of a new connection may take, and what is added to that for each piece.
  void set_delays(Duration base, Duration added) {
    base_delay_ = base;
    added_delay_ = added;
  }
  // All faults and delays end, but for connections that are dead already.
  void heal();

  // Whether what either side sends arrives.
  bool is_whole(LinkId link) const;

 private:
  struct Way {
    Duration delay{0};
    TimePoint last_arrival;
    bool swallows = false;
  };
  struct Link {
    std::array<Way, 2> ways;           // by the side that sends
    std::array<bool, 2> is_over = {};  // this side has closed it, or was told of its end
  };

  static std::size_t index(Side side) { return static_cast<std::size_t>(side); }
  static Side other(Side side) { return side == Side::client ? Side::broker : Side::client; }

  void transmit(LinkId link, Side from, Schedule::Action arrival);
  void deliver(LinkId link, Side to, std::string_view bytes);
  void end(LinkId link, Side side);
  void accept(LinkId link);

  Schedule& schedule_;
  Dice& dice_;
  std::array<NetworkEvents*, 2> events_ = {};
  std::vector<Link> links_;
  bool is_listening_ = true;
  bool is_passable_ = true;
  Duration base_delay_{0};
  Duration added_delay_{0};
};

}  // namespace lobbyd::simulation
