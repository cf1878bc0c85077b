#include "service/apps/host/rooms.hpp"

#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::apps {
namespace {

// Rooms that are read at a time for what is left in them.
constexpr std::size_t swept_at_once = 200;

api::Error not_joined(const std::string& room) {
  return {api::Reason::bad_state, "not a member of the room " + room + ": send room.join first"};
}

}  // namespace

Rooms::Rooms(Context& context, Settings settings)
    : context_(context), settings_(settings), rooms_(context, settings.max_rooms), list_(context) {}

std::expected<RoomHost*, api::Error> Rooms::load(const std::string& room) {
  return rooms_.find_or_make(room, [&](Waker& waker) {
    RoomSettings settings = settings_.room;
    settings.broker_expires = context_.broker_expires();
    return std::make_unique<RoomHost>(context_, waker, room, settings);
  });
}

std::expected<RoomHost*, api::Error> Rooms::find_joined(const hub::Client& client, const std::string& room) const {
  RoomHost* const host = rooms_.find(room);
  if (host == nullptr || !host->has_member(client.id)) {
    return std::unexpected(not_joined(room));
  }
  return host;
}

// Rooms that it was expelled from, or has joined elsewhere, count no more.
void Rooms::forget_left(const hub::Client& client) {
  if (const auto joined = joined_.find(&client); joined != joined_.end()) {
    std::erase_if(joined->second, [&](const std::string& room) {
      const RoomHost* const host = rooms_.find(room);
      return host == nullptr || !host->concerns(client.id);
    });
    if (joined->second.empty()) {
      joined_.erase(joined);
    }
  }
}

template <class Params>
bool Rooms::waits(hub::Client& client, Params& params, const Caller& caller, Answer& answer) {
  RoomHost* const host = rooms_.find(params.room);
  if (host == nullptr || !host->is_joining(client.id)) {
    return false;
  }
  // An answer before it may cost the client its connection.
  host->when_joined(client.id,
                    [this, weak = client.weak_from_this(), params, caller, answer = std::move(answer)]() mutable {
                      if (const auto still = weak.lock(); still && still->receiver != nullptr) {
                        carry_out(*still, std::move(params), caller, std::move(answer));
                      }
                    });
  return true;
}

void Rooms::carry_out(hub::Client& client, api::RoomJoinParams params, const Caller& caller, Answer answer) {
  for (const std::string& name : {params.room, client.id}) {
    if (auto possible = context_.hub.check_level(name); !possible) {
      return answer(std::unexpected(std::move(possible.error())));
    }
  }
  forget_left(client);
  std::set<std::string>& joined = joined_[&client];
  if (!joined.contains(params.room) && joined.size() >= settings_.max_joined) {
    return answer(std::unexpected(api::too_many("too many rooms: leave some", settings_.max_joined)));
  }
  const auto host = load(params.room);
  if (!host) {
    return answer(std::unexpected(host.error()));
  }
  joined.insert(params.room);
  (*host)->join(client, std::move(params), caller, std::move(answer));
}

void Rooms::carry_out(hub::Client& client, const api::RoomLeaveParams& params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  RoomHost* const host = rooms_.find(params.room);
  if (host == nullptr || !host->concerns(client.id)) {
    return answer(std::unexpected(not_joined(params.room)));
  }
  host->leave(client, std::move(answer));
  forget_left(client);
}

void Rooms::carry_out(hub::Client& client, api::RoomSendParams params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  const auto host = find_joined(client, params.room);
  host ? (*host)->send(client, std::move(params), std::move(answer)) : answer(std::unexpected(host.error()));
}

void Rooms::carry_out(hub::Client& client, const api::RoomHistoryParams& params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  const auto host = find_joined(client, params.room);
  host ? (*host)->history(client, params, caller, answer) : answer(std::unexpected(host.error()));
}

void Rooms::carry_out(hub::Client& client, const api::RoomMembersParams& params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  const auto host = find_joined(client, params.room);
  host ? (*host)->members(client, params, caller, answer) : answer(std::unexpected(host.error()));
}

void Rooms::carry_out(hub::Client& client, const api::RoomListParams& params, const Caller& caller, Answer answer) {
  list_.list(client, params, caller, std::move(answer));
}

void Rooms::carry_out(hub::Client& client, const api::RoomDeleteParams& params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  const auto host = find_joined(client, params.room);
  host ? (*host)->remove(client, params, caller, std::move(answer)) : answer(std::unexpected(host.error()));
}

void Rooms::carry_out(hub::Client& client, const api::RoomKickParams& params, const Caller& caller, Answer answer) {
  if (waits(client, params, caller, answer)) {
    return;
  }
  if (!caller.rights.moderator) {
    return answer(std::unexpected(api::Error{
        api::Reason::forbidden, "only a moderator may kick: it takes a token with the right \"moderator\""}));
  }
  const auto host = find_joined(client, params.room);
  host ? (*host)->kick(client, params, std::move(answer)) : answer(std::unexpected(host.error()));
}

// Clients -------------------------------------------------------------------------------------------------------------

void Rooms::drop(const hub::Client& client, bool silent) {
  list_.forget(client);
  if (const auto node = joined_.extract(&client)) {
    for (const std::string& room : node.mapped()) {
      if (RoomHost* const host = rooms_.find(room)) {
        host->drop(client.id, silent);
      }
    }
  }
}

std::vector<std::string> Rooms::joined(const hub::Client& client) const {
  std::vector<std::string> rooms;
  if (const auto joined = joined_.find(&client); joined != joined_.end()) {
    std::ranges::copy_if(joined->second, std::back_inserter(rooms), [&](const std::string& room) {
      const RoomHost* const host = rooms_.find(room);
      return host != nullptr && host->has_member(client.id);
    });
  }
  return rooms;
}

void Rooms::append_wills(const hub::Client& client, std::vector<Publication>& wills) const {
  const auto joined = joined_.find(&client);
  if (joined == joined_.end()) {
    return;
  }
  for (const std::string& room : joined->second) {
    const RoomHost* const host = rooms_.find(room);
    if (host != nullptr && host->concerns(client.id)) {
      std::ranges::move(host->wills(client.id), std::back_inserter(wills));
    }
  }
}

// Upkeep --------------------------------------------------------------------------------------------------------------

bool Rooms::sweep(const std::set<std::string, std::less<>>& gone, const std::set<std::string, std::less<>>& rooms) {
  std::size_t taken = 0;
  for (const std::string& room : rooms) {
    const auto host = taken < swept_at_once ? load(room) : std::unexpected(api::Error{});
    if (!host) {
      return false;
    }
    (*host)->sweep(gone);
    ++taken;
  }
  return true;
}

std::optional<Moment::TimePoint> Rooms::next_timeout() const {
  return earliest({list_.next_timeout(), rooms_.next_timeout()});
}

void Rooms::handle_timeout(Moment now) {
  list_.handle_timeout(now.steady);
  rooms_.handle_timeout(now);
}

}  // namespace lobbyd::apps
