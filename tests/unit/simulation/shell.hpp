#pragma once

#include "protocol/mqtt/client.hpp"
#include "service/upstream/backoff.hpp"
#include "tests/unit/simulation/application.hpp"
#include "tests/unit/simulation/virtual_network.hpp"

#include <optional>
#include <string>

namespace lobbyd::simulation {

// What stands around a client: makes connections for ever, moves bytes and tells the time.
class Shell final : public NetworkEvents {
 public:
  struct Surroundings {
    Schedule& schedule;
    VirtualNetwork& network;
    Journal& journal;
    Dice& dice;
    Application& application;
  };

  Shell(Surroundings surroundings, mqtt::ClientOptions options, bool versions_change);
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell() = default;

  void start() { attempt(); }
  // Ends the connection in order and makes another one at once.
  void renew();

  mqtt::Client& client() { return client_; }
  // The present connection, or attempt at one.
  std::optional<LinkId> link() const { return link_; }
  bool is_connected() const { return client_.state() == mqtt::Client::State::connected; }

  void on_open(LinkId link) override;
  void on_bytes(LinkId link, std::string_view bytes) override;
  void on_end(LinkId link) override;

 private:
  void attempt();
  // Moves what the client has left behind: output, a failure, another time-out.
  void attend();
  void lose();
  void drop();
  void arm_timer();
  void on_timer(TimePoint due);

  Schedule& schedule_;
  VirtualNetwork& network_;
  Journal& journal_;
  Dice& dice_;
  Application& application_;
  mqtt::Client client_;
  upstream::Backoff backoff_;
  bool versions_change_;
  std::optional<LinkId> link_;
  bool is_open_ = false;
  std::optional<TimePoint> connected_since_;
  std::optional<TimePoint> armed_;
  std::string received_;
};

}  // namespace lobbyd::simulation
