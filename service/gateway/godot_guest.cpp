#include "service/gateway/godot_guest.hpp"

#include "protocol/api/params.hpp"
#include "service/hub/client.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace lobbyd::gateway {

namespace {

using apps::GodotFault;

// With what the client comes in, once it is known who is there; whoever makes a lobby is 1 in it, in a mesh as well.
std::expected<apps::SignalRoom::Joining, api::Error> joining_of(const std::string& client_id, bool makes, bool mesh,
                                                                const apps::SignalRoom& room) {
  if (makes) {
    return apps::SignalRoom::Joining{.client_id = client_id,
                                     .mode = mesh ? apps::SignalMode::mesh : apps::SignalMode::host,
                                     .peer_id = apps::host_peer};
  }
  const auto mode = room.mode();
  if (!mode) {
    return std::unexpected(api::Error{api::Reason::not_found, "there is no such lobby"});
  }
  return apps::SignalRoom::Joining{.client_id = client_id, .mode = *mode};
}

}  // namespace

void GodotGuest::close_for(GodotFault fault) {
  close(apps::godot_fault_code, apps::text(fault));
}

void GodotGuest::on_text(std::string_view text) {
  if (client() == nullptr) {
    return;
  }
  auto request = session_.receive(apps().reader(), text);
  if (!request) {
    return close_for(request.error());
  }
  std::visit([this](auto& typed) { carry_out(std::move(typed)); }, *request);
}

void GodotGuest::carry_out(apps::GodotSession::JoinLobby join) {
  const bool makes = join.lobby.empty();
  lobby_ = makes ? apps::make_lobby_name(apps().godot().random()) : std::move(join.lobby);
  if (!api::is_valid_name(lobby_)) {
    return close_for(GodotFault::lobby_does_not_exist);
  }
  const auto host = apps().godot().enter(*client(), lobby_);
  if (!host) {
    return close_for(GodotFault::too_many_lobbies);
  }
  (*host)->join(*client(), *this, [client_id = client()->id, makes, mesh = join.mesh](const apps::SignalRoom& room) {
    return joining_of(client_id, makes, mesh, room);
  });
}

void GodotGuest::carry_out(apps::SignalRoom::Sending sending) {
  if (apps::SignalHost* const host = apps().godot().find(lobby_)) {
    host->send(client()->id, std::move(sending), [weak = weak_from_this()](auto sent) {
      if (const auto self = weak.lock(); self && !sent) {
        self->close_for(apps::fault_of_send(sent.error()));
      }
    });
  }
}

void GodotGuest::carry_out(apps::GodotSession::Seal /*seal*/) {
  if (apps::SignalHost* const host = apps().godot().find(lobby_)) {
    host->seal(client()->id, [weak = weak_from_this()](auto sealed) {
      if (const auto self = weak.lock(); self && !sealed) {
        self->close_for(apps::fault_of_seal(sealed.error()));
      }
    });
  }
}

void GodotGuest::on_signal(const std::string& room, const apps::SignalEvent& event) {
  const auto output = session_.on_event(apps().reader(), room, event, std::chrono::steady_clock::now());
  for (const std::string& frame : output.frames) {
    send(frame);
  }
  if (output.closing) {
    closing_ = output.closing;
  }
}

void GodotGuest::tick(TimePoint now) {
  if (!closing_ && client() != nullptr) {
    closing_ = session_.handle_timeout(now);
  }
  if (closing_) {
    const auto closing = *std::exchange(closing_, std::nullopt);
    close(closing.code, closing.reason);
  }
}

}  // namespace lobbyd::gateway
