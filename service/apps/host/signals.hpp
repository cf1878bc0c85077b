#pragma once

// The signalling rooms that this daemon has on one broker: those of `signal.*`, and what other ways in build upon.
// One loop.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/host_table.hpp"
#include "service/apps/host/signal_host.hpp"
#include "service/apps/signalling/ice_servers.hpp"
#include "service/apps/signalling/signal_room.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::apps {

class Signals {
 public:
  struct Settings {
    SignalRoom::Settings room = {};
    std::vector<IceServer> ice = {};
    std::size_t max_joined = 50;     // of one client
    std::size_t max_rooms = 20'000;  // that are listened to
  };

  Signals(Context& context, SignalRoom::Random random, Settings settings);

  void carry_out(hub::Client& client, api::SignalJoinParams params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, api::SignalSendParams params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::SignalSealParams& params, const Caller& caller, Answer answer);
  void carry_out(hub::Client& client, const api::SignalLeaveParams& params, const Caller& caller, Answer answer);

  // The room, to which the client is about to come, or has come; 429 where there are too many.
  std::expected<SignalHost*, api::Error> enter(hub::Client& client, const std::string& room);
  // Null where there is none here.
  SignalHost* find(const std::string& room) const { return rooms_.find(room); }
  const SignalRoom::Random& random() const { return random_; }

  // The client's socket has gone. `silent`: what stands in the broker is left to its wills.
  void drop(const hub::Client& client, bool silent);
  void append_wills(const hub::Client& client, std::vector<Publication>& wills) const;

  void sweep(const std::set<std::string, std::less<>>& dead);

  std::optional<Moment::TimePoint> next_timeout() const { return rooms_.next_timeout(); }
  void handle_timeout(Moment now) { rooms_.handle_timeout(now); }

 private:
  // Speaks for a client of `signal.*`.
  struct ApiPeer final : PeerVoice {
    ApiPeer(Signals& its_signals, hub::Client& its_client) : signals(its_signals), client(its_client) {}
    void on_signal(const std::string& room, const SignalEvent& event) override;

    Signals& signals;
    hub::Client& client;
    struct Joining {
      Caller caller;
      Answer answer;
    };
    std::map<std::string, Joining> joining;  // by room
  };
  struct Entered {
    std::set<std::string> rooms;  // that it has asked to join; some may be left
    std::unique_ptr<ApiPeer> peer;
  };

  Entered& entered(hub::Client& client);
  void forget_left(const hub::Client& client);
  std::expected<std::string, api::Error> join_result(const PeerAccepted& accepted, const SignalRoom& room,
                                                     const hub::Client& client, const Caller& caller) const;

  Context& context_;
  SignalRoom::Random random_;
  Settings settings_;
  std::unordered_map<const hub::Client*, Entered> entered_;
  HostTable<SignalHost> rooms_;
};

}  // namespace lobbyd::apps
