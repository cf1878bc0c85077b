#include "service/apps/host/signals.hpp"

#include "service/apps/host/results.hpp"
#include "service/apps/record_writer.hpp"
#include "service/hub/client.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::apps {
namespace {

api::Error not_joined(const std::string& room) {
  return {api::Reason::bad_state, "not a peer of the room " + room + ": send signal.join first"};
}

std::string method_of(const SignalEvent& event) {
  if (std::holds_alternative<PeerMessage>(event)) {
    return "signal.message";
  }
  return std::holds_alternative<RoomSealed>(event) ? "signal.sealed" : "signal.peer";
}

}  // namespace

Signals::Signals(Context& context, SignalRoom::Random random, Settings settings)
    : context_(context),
      random_(std::move(random)),
      settings_(std::move(settings)),
      rooms_(context, settings_.max_rooms) {}

std::expected<SignalHost*, api::Error> Signals::enter(hub::Client& client, const std::string& room) {
  auto host = rooms_.find_or_make(
      room, [&](Waker& waker) { return std::make_unique<SignalHost>(context_, waker, random_, room, settings_.room); });
  if (host) {
    entered(client).rooms.insert(room);
  }
  return host;
}

Signals::Entered& Signals::entered(hub::Client& client) {
  return entered_[&client];
}

// Rooms that were closed, or whose id it has lost, count no more.
void Signals::forget_left(const hub::Client& client) {
  if (const auto entered = entered_.find(&client); entered != entered_.end()) {
    std::erase_if(entered->second.rooms, [&](const std::string& room) {
      const SignalHost* const host = find(room);
      return host == nullptr || !host->concerns(client.id);
    });
  }
}

// Methods -------------------------------------------------------------------------------------------------------------

void Signals::carry_out(hub::Client& client, api::SignalJoinParams params, const Caller& caller, Answer answer) {
  if (auto possible = context_.hub.check_level(params.room); !possible) {
    return answer(std::unexpected(std::move(possible.error())));
  }
  forget_left(client);
  Entered& its = entered(client);
  if (its.rooms.contains(params.room)) {
    return answer(std::unexpected(
        api::Error{api::Reason::bad_state, "already a peer of the room " + params.room + ", or about to become one"}));
  }
  if (its.rooms.size() >= settings_.max_joined) {
    return answer(std::unexpected(api::too_many("too many rooms: leave some", settings_.max_joined)));
  }
  const auto host = enter(client, params.room);
  if (!host) {
    return answer(std::unexpected(host.error()));
  }
  if (!its.peer) {
    its.peer = std::make_unique<ApiPeer>(*this, client);
  }
  its.peer->joining.insert_or_assign(params.room, ApiPeer::Joining{caller, std::move(answer)});
  PeerVoice& voice = *its.peer;
  (*host)->join(client, voice,
                [joining = SignalRoom::Joining{.client_id = client.id,
                                               .mode = params.hosted ? SignalMode::host : SignalMode::mesh,
                                               .peer_id = params.peer_id,
                                               .data = std::move(params.data)}](const SignalRoom& /*room*/) mutable {
                  return std::expected<SignalRoom::Joining, api::Error>(std::move(joining));
                });
}

void Signals::ApiPeer::on_signal(const std::string& room, const SignalEvent& event) {
  if (const auto* refused = std::get_if<PeerRefused>(&event)) {
    if (auto node = joining.extract(room)) {
      node.mapped().answer(std::unexpected(refused->error));
    }
    return;
  }
  if (const auto* accepted = std::get_if<PeerAccepted>(&event)) {
    auto node = joining.extract(room);
    SignalHost* const host = signals.find(room);
    if (node && host != nullptr) {
      auto result = signals.join_result(*accepted, host->room(), client, node.mapped().caller);
      if (!result) {
        host->leave(client.id, [](auto) {});
      }
      node.mapped().answer(std::move(result));
    }
    return;
  }
  client.receiver->notify(hub::Notice(method_of(event), write_notification(room, event)));
}

std::expected<std::string, api::Error> Signals::join_result(const PeerAccepted& accepted, const SignalRoom& room,
                                                            const hub::Client& client, const Caller& caller) const {
  RecordWriter result;
  result.number("peer_id", accepted.id)
      .number("host", accepted.host)
      .json("peers", write_peers(accepted.peers))
      .json("sealed", room.sealed() ? "true" : "false")
      .json("ice_servers", write_ice_servers(settings_.ice, client.user, Context::now().unix_ms));
  std::string text = result.take();
  if (text.size() > caller.result_bytes) {
    return std::unexpected(
        api::Error{api::Reason::too_large, "the room has more peers than fit into a frame of this client's size"});
  }
  return text;
}

void Signals::carry_out(hub::Client& client, api::SignalSendParams params, const Caller& /*caller*/, Answer answer) {
  SignalHost* const host = find(params.room);
  if (host == nullptr || !host->room().is_peer_here(client.id)) {
    return answer(std::unexpected(not_joined(params.room)));
  }
  host->send(client.id, {.to = params.to, .type = std::move(params.type), .data = std::move(params.data)},
             answer_empty(std::move(answer)));
}

void Signals::carry_out(hub::Client& client, const api::SignalSealParams& params, const Caller& /*caller*/,
                        Answer answer) {
  SignalHost* const host = find(params.room);
  if (host == nullptr || !host->room().is_peer_here(client.id)) {
    return answer(std::unexpected(not_joined(params.room)));
  }
  host->seal(client.id, answer_empty(std::move(answer)));
}

void Signals::carry_out(hub::Client& client, const api::SignalLeaveParams& params, const Caller& /*caller*/,
                        Answer answer) {
  SignalHost* const host = find(params.room);
  if (host == nullptr || !host->room().is_peer_here(client.id)) {
    return answer(std::unexpected(not_joined(params.room)));
  }
  host->leave(client.id, answer_empty(std::move(answer)));
  forget_left(client);
}

// Clients -------------------------------------------------------------------------------------------------------------

void Signals::drop(const hub::Client& client, bool silent) {
  if (const auto node = entered_.extract(&client)) {
    for (const std::string& room : node.mapped().rooms) {
      if (SignalHost* const host = find(room)) {
        host->drop(client.id, silent);
      }
    }
  }
}

void Signals::append_wills(const hub::Client& client, std::vector<Publication>& wills) const {
  const auto entered = entered_.find(&client);
  if (entered == entered_.end()) {
    return;
  }
  for (const std::string& room : entered->second.rooms) {
    if (const SignalHost* const host = find(room); host != nullptr && host->concerns(client.id)) {
      std::ranges::move(host->wills(client.id), std::back_inserter(wills));
    }
  }
}

// Upkeep --------------------------------------------------------------------------------------------------------------

void Signals::sweep(const std::set<std::string, std::less<>>& dead) {
  rooms_.for_each([&](SignalHost& host) {
    if (host.room().loaded()) {
      host.sweep(dead);
    }
  });
}

}  // namespace lobbyd::apps
