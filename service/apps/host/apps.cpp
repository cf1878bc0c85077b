#include "service/apps/host/apps.hpp"

#include "service/apps/presence/presence_topics.hpp"
#include "service/apps/rooms/room_topics.hpp"
#include "service/apps/signalling/signal_topics.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <variant>

namespace lobbyd::apps {
namespace {

using Clock = std::chrono::steady_clock;

// Timeouts that are close to each other are seen to together.
constexpr std::chrono::milliseconds granularity{20};

constexpr std::array<std::string_view, 2> signalling = {"signal", "godot"};

std::uint32_t random_number() {
  std::uint32_t number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1) {
    throw std::runtime_error("the system gives no random numbers");
  }
  return number;
}

Signals::Settings as_service(Signals::Settings settings, std::string_view service) {
  settings.room.service = service;
  return settings;
}

}  // namespace

Apps::Apps(const boost::asio::any_io_executor& executor, hub::Hub& its_hub, const hub::Options& options,
           const AppsSettings& settings)
    : Context(its_hub, options.prefix, options.instance),
      timer_(executor),
      presences_(*this, settings.presence),
      players_(*this),
      rooms_(*this, settings.rooms),
      boards_(*this, settings.boards),
      signals_(*this, random_number, as_service(settings.signals, signalling[0])),
      godot_(*this, random_number, as_service(settings.signals, signalling[1])),
      peerjs_(*this),
      sweeper_(*this, [this](const auto& gone, const auto& rooms) {
        signals_.sweep(gone);
        godot_.sweep(gone);
        return rooms_.sweep(gone, rooms);
      }) {
  hub.set_service_wills_source(static_cast<const hub::ServiceWills&>(*this));
  wake_at(sweeper_.next_timeout());
}

// Clients -------------------------------------------------------------------------------------------------------------

void Apps::arrive(hub::Client& client) {
  clients_.insert_or_assign(client.id, &client);
  players_.arrive(client);
}

void Apps::lose_connection(hub::Client& client) {
  signals_.drop(client, false);
  godot_.drop(client, false);
  renew_wills(client);
}

void Apps::leave(hub::Client& client, hub::Departure departure) {
  // Its wills wait for it, at this daemon or another.
  const bool silent = departure == hub::Departure::drained;
  const auto known = clients_.find(client.id);
  if (known != clients_.end() && known->second == &client) {
    clients_.erase(known);
  }
  players_.drop(client);
  boards_.drop(client);
  rooms_.drop(client, silent);
  signals_.drop(client, silent);
  godot_.drop(client, silent);
  presences_.drop(client, silent, departure == hub::Departure::taken_over && hub.is_served_elsewhere(client.id));
  if (!silent && !client.service_wills.empty()) {
    hub.set_service_wills(client, {});
  }
}

hub::Client* Apps::find_client(std::string_view client_id) const {
  const auto client = clients_.find(client_id);
  return client == clients_.end() ? nullptr : client->second;
}

// Methods -------------------------------------------------------------------------------------------------------------

void Apps::carry_out(hub::Client& client, api::ServiceParams params, const Caller& caller, Answer answer) {
  std::visit([&](auto& typed) { carry_out_typed(client, typed, caller, std::move(answer)); }, params);
}

void Apps::carry_out_typed(hub::Client& client, auto& params, const Caller& caller, Answer answer) {
  if constexpr (requires { presences_.carry_out(client, std::move(params), caller, std::move(answer)); }) {
    presences_.carry_out(client, std::move(params), caller, std::move(answer));
  } else if constexpr (requires { players_.carry_out(client, std::move(params), caller, std::move(answer)); }) {
    players_.carry_out(client, std::move(params), caller, std::move(answer));
  } else if constexpr (requires { rooms_.carry_out(client, std::move(params), caller, std::move(answer)); }) {
    rooms_.carry_out(client, std::move(params), caller, std::move(answer));
  } else if constexpr (requires { boards_.carry_out(client, std::move(params), caller, std::move(answer)); }) {
    boards_.carry_out(client, std::move(params), caller, std::move(answer));
  } else {
    signals_.carry_out(client, std::move(params), caller, std::move(answer));
  }
}

// Wills ---------------------------------------------------------------------------------------------------------------

void Apps::renew_wills(hub::Client& client) {
  std::vector<Publication> kept;
  std::vector<Publication> at_once;
  presences_.append_wills(client, kept);
  rooms_.append_wills(client, kept);
  signals_.append_wills(client, at_once);
  godot_.append_wills(client, at_once);
  peerjs_.append_wills(client, at_once);
  std::vector<api::WillParams> wills;
  const auto add = [&](const std::vector<Publication>& publications, std::chrono::seconds delay) {
    for (const Publication& publication : publications) {
      wills.push_back({.topic = publication.topic, .payload = {}, .qos = 1, .retain = true, .delay = delay});
    }
  };
  add(kept, hub::Hub::while_kept);
  // A peer leaves with its socket.
  add(at_once, std::chrono::seconds(0));
  const auto is_same = [](const api::WillParams& one, const api::WillParams& other) {
    return one.topic == other.topic;
  };
  if (!std::ranges::equal(wills, client.service_wills, is_same)) {
    hub.set_service_wills(client, std::move(wills));
  }
}

// Each of them clears a record that names the client.
bool Apps::is_service_will(const std::string& client, const api::WillParams& will) const {
  const std::string& prefix = surroundings.prefix;
  if (!will.retain || !will.payload.empty()) {
    return false;
  }
  if (const auto presence = parse_presence_topic(prefix, will.topic)) {
    return presence->client == client;
  }
  if (const auto room = parse_room_topic(prefix, will.topic)) {
    return room->kind == RoomTopic::Kind::member && room->name == client;
  }
  // A peer's topic does not name the client.
  return peerjs_.is_owner_topic(will.topic) || std::ranges::any_of(signalling, [&](std::string_view service) {
           const auto peer = parse_signal_topic(prefix, service, will.topic);
           return peer && peer->kind == SignalTopic::Kind::peer;
         });
}

std::optional<upstream::Message> Apps::before_will(const api::WillParams& will) const {
  const auto before = presences_.before_will(will.topic);
  return before ? std::optional(to_message(*before)) : std::nullopt;
}

// Time ----------------------------------------------------------------------------------------------------------------

void Apps::wake_at(Moment::TimePoint time) {
  time = std::max(time, Clock::now() + granularity);
  if (armed_ && *armed_ <= time) {
    return;
  }
  armed_ = time;
  timer_.expires_at(time);
  timer_.async_wait(lifeline_.guard([this](const boost::system::error_code& error) {
    if (!error) {
      on_timer();
    }
  }));
}

void Apps::on_timer() {
  armed_.reset();
  const Moment moment = now();
  presences_.handle_timeout(moment);
  players_.handle_timeout(moment.steady);
  rooms_.handle_timeout(moment);
  boards_.handle_timeout(moment);
  signals_.handle_timeout(moment);
  godot_.handle_timeout(moment);
  peerjs_.handle_timeout(moment.steady);
  sweeper_.handle_timeout(moment.steady);
  wake_at(*earliest({presences_.next_timeout(), players_.next_timeout(), rooms_.next_timeout(),
                     boards_.next_timeout(moment), signals_.next_timeout(), godot_.next_timeout(),
                     peerjs_.next_timeout(), sweeper_.next_timeout()}));
}

}  // namespace lobbyd::apps
