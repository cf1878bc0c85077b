#pragma once

// A client of /peerjs. One loop, the home loop.

#include "service/apps/host/peerjs.hpp"
#include "service/gateway/guest.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace lobbyd::gateway {

class PeerJsGuest final : public Guest, private apps::PeerJsVoice {
 public:
  // `query`: of the request that became the WebSocket.
  PeerJsGuest(std::shared_ptr<WebSocketConnection> connection, std::string address, hub::BrokerHub& broker,
              std::string query)
      : Guest(std::move(connection), std::move(address), broker), query_(std::move(query)) {}

  void begin() override;
  void on_text(std::string_view text) override;
  void tick(TimePoint now) override;

 private:
  void on_open() override;
  void on_denied(End end) override;
  void on_message(std::string_view source, const apps::PeerJsMessage& message) override;
  void on_leaving(bool silent) override;
  void end_with(const std::string& frame);

  std::string query_;
  std::string id_;
  bool over_ = false;  // to be closed with the next tick
};

}  // namespace lobbyd::gateway
