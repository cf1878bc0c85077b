#pragma once

// A client of /godot-signaling. One loop, the home loop.

#include "service/apps/signalling/godot_session.hpp"
#include "service/gateway/guest.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::gateway {

class GodotGuest final : public Guest, private apps::PeerVoice, public std::enable_shared_from_this<GodotGuest> {
 public:
  GodotGuest(std::shared_ptr<WebSocketConnection> connection, std::string address, hub::BrokerHub& broker)
      : Guest(std::move(connection), std::move(address), broker), session_(std::chrono::steady_clock::now()) {}

  void on_text(std::string_view text) override;
  void on_binary() override { close_for(apps::GodotFault::invalid_transfer_mode); }
  void tick(TimePoint now) override;

 private:
  void on_signal(const std::string& room, const apps::SignalEvent& event) override;
  void carry_out(apps::GodotSession::JoinLobby join);
  void carry_out(apps::SignalRoom::Sending sending);
  void carry_out(apps::GodotSession::Seal seal);
  void close_for(apps::GodotFault fault);

  apps::GodotSession session_;
  std::string lobby_;
  std::optional<apps::GodotSession::Closing> closing_;  // with the next tick, when its frames are on their way
};

}  // namespace lobbyd::gateway
