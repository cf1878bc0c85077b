#pragma once

// A client that speaks another protocol than ours: of Godot's signalling demo, or of PeerServer. It is a client of the
// hub of the broker `main`, under a name that nobody else has, for as long as its connection lasts.
//
// One loop, the home loop.

#include "service/apps/host/apps.hpp"
#include "service/gateway/connection.hpp"
#include "service/gateway/websocket_connection.hpp"
#include "service/hub/hubs.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lobbyd::gateway {

class Guest : public ConnectionHandler, public hub::Receiver {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Guest(std::shared_ptr<WebSocketConnection> connection, std::string address, hub::BrokerHub& broker);
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;
  ~Guest() override;

  // To be called once, before the connection is started.
  virtual void begin() {}
  virtual void tick(TimePoint /*now*/) {}
  // The daemon is about to end: the client's place waits for it.
  void drain();
  bool is_gone() const { return connection_->is_gone(); }
  const std::string& address() const { return address_; }

  bool takes_text() const final { return true; }
  void on_requests(Requests /*requests*/) final {}
  void on_flushed() final {}
  void on_overflow(const Outbox::Overflow& /*overflow*/) final {}
  void on_end(std::unique_ptr<Outbox> rest) final;
  void deliver(const hub::Delivery& /*delivery*/) final {}
  void notify(const hub::Notice& /*notice*/) final {}
  void on_broker_status(const upstream::BrokerStatus& /*status*/) final {}
  void on_displaced(bool vanished) final;
  void on_wills_published() final {}

 protected:
  // Null once it has left.
  hub::Client* client() { return client_; }
  apps::Apps& apps() { return *apps::Apps::of(broker_); }
  void send(std::string_view text);
  void close(std::uint16_t code, std::string_view reason);
  void leave(hub::Departure departure);
  // Right before the client is detached.
  virtual void on_leaving(bool /*silent*/) {}

 private:
  std::shared_ptr<WebSocketConnection> connection_;
  std::string address_;
  hub::BrokerHub& broker_;
  hub::Client* client_;
};

}  // namespace lobbyd::gateway
