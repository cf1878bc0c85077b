#pragma once

// The services on one broker: presence, players, rooms, high scores, signalling (docs/api.md). They are built upon the
// hub's verbs, and belong to it: made with it, ended before it.
//
// One loop, as the hub.

#include "protocol/api/service_params.hpp"
#include "service/apps/host/boards.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/peerjs.hpp"
#include "service/apps/host/players.hpp"
#include "service/apps/host/presences.hpp"
#include "service/apps/host/rooms.hpp"
#include "service/apps/host/signals.hpp"
#include "service/apps/host/sweeper.hpp"
#include "service/hub/broker_hub.hpp"
#include "service/hub/service_wills.hpp"
#include "service/upstream/lifeline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lobbyd::apps {

struct AppsSettings {
  Presence::Settings presence = {};
  Rooms::Settings rooms = {};
  Boards::Settings boards = {};
  Signals::Settings signals = {};
};

class Apps final : public hub::Extension, private Context, private hub::ServiceWills {
 public:
  Apps(const boost::asio::any_io_executor& executor, hub::Hub& hub, const hub::Options& options,
       const AppsSettings& settings);

  // Those that the hub was extended with; null where it was not.
  static Apps* of(hub::BrokerHub& broker) { return static_cast<Apps*>(broker.extension()); }

  // From its attachment to the hub on.
  void arrive(hub::Client& client);
  void carry_out(hub::Client& client, api::ServiceParams params, const Caller& caller, Answer answer);
  // The connection has gone, and the client's session is kept.
  void lose_connection(hub::Client& client);
  // Right before the client is detached from the hub.
  void leave(hub::Client& client, hub::Departure departure);
  // Its wills were published though it is here.
  void on_wills_published(const hub::Client& client) { presences_.renew(client); }

  std::vector<std::string> rooms_of(const hub::Client& client) const { return rooms_.joined(client); }
  // For the clients of Godot's demo, and of PeerServer.
  Signals& godot() { return godot_; }
  PeerJs& peerjs() { return peerjs_; }
  // For what has to do with texts of one turn.
  api::JsonReader& reader() { return surroundings.reader; }

 private:
  // Context
  void wake_at(Moment::TimePoint time) override;
  void renew_wills(hub::Client& client) override;
  hub::Client* find_client(std::string_view client_id) const override;
  // hub::ServiceWills
  bool is_service_will(const std::string& client, const api::WillParams& will) const override;
  std::optional<upstream::Message> before_will(const api::WillParams& will) const override;

  void carry_out_typed(hub::Client& client, auto& params, const Caller& caller, Answer answer);
  void on_timer();

  // Before the services, which may have themselves woken from their beginning.
  boost::asio::steady_timer timer_;
  std::optional<Moment::TimePoint> armed_;
  upstream::Lifeline lifeline_;
  std::unordered_map<std::string_view, hub::Client*> clients_;  // by their ids, which they hold
  Presences presences_;
  Players players_;
  Rooms rooms_;
  Boards boards_;
  Signals signals_;
  Signals godot_;
  PeerJs peerjs_;
  Sweeper sweeper_;
};

}  // namespace lobbyd::apps
