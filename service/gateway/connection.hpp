#pragma once

// A client's connection as its session has it, whichever thread its socket is on, and what the session is told of it.
//
// Both belong to one loop, and neither calls the other from a thread of its own.

#include "protocol/api/error.hpp"
#include "service/gateway/outbox.hpp"
#include "service/gateway/requests.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::gateway {

class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  virtual void on_requests(Requests requests) = 0;
  // Whether it speaks another protocol: then each text comes as it is, in the place of requests, and a binary message
  // is told of. On the home loop alone.
  virtual bool takes_text() const { return false; }
  virtual void on_text(std::string_view /*text*/) {}
  virtual void on_binary() {}
  // The socket has taken what it could; not called from within anything else.
  virtual void on_flushed() = 0;
  // QoS 0 messages gave way. What is sent now is the next to go out.
  virtual void on_overflow(const Outbox::Overflow& overflow) = 0;
  // This handler has thrown; the connection is closed.
  virtual void on_fault() {}
  // The connection has ended by the client, the network or a fault, or by our own `close`: nothing more comes in.
  // Called once; perhaps only some time after `close` where the session is remembered. `rest`: then what there is of
  // its notifications, with all that was sent until now; else null.
  virtual void on_end(std::unique_ptr<Outbox> rest) = 0;
  // The socket is closed. Called once, after `on_end`.
  virtual void on_gone() {}
};

class Connection {
 public:
  virtual ~Connection() = default;

  // `early`: bytes that came behind the upgrade request. The handler is kept until the socket is closed; null for a
  // connection that is closed at once.
  virtual void start(std::shared_ptr<ConnectionHandler> handler, std::string early) = 0;

  // A client whose outbox cannot take it is closed as a slow consumer: soon, not from within this call.
  virtual void send(const Frame& frame, Outbox::Class frame_class, const FilterName& filter = {},
                    std::string_view topic = {}, std::uint32_t messages = 0) = 0;
  // For an open connection. The notifications of the session are counted and remembered from now on: see Outbox.
  // `session` is what there is of them already, and they are sent behind what waits. Null: they are remembered no more.
  virtual void remember(std::unique_ptr<Outbox> session) = 0;
  // The client has all notifications up to this number.
  virtual void acknowledge(std::uint64_t received) = 0;
  // Sends what waits (nothing to a slow consumer, and of a session that is remembered no notifications), then a Close
  // frame, and waits a while for the client's.
  virtual void close(api::CloseCode code, std::optional<std::chrono::milliseconds> retry_after = {}) = 0;
  // Without a Close frame.
  virtual void abort() = 0;

  // TCP's own back-pressure: soon no more requests are handed over, and silence is not held against the client.
  virtual void pause_reading(bool paused) = 0;
  // Leads to `on_flushed` when this turn of the loop is done.
  virtual void request_flush() = 0;

  // What the client has asked for and not taken, in bytes: never less than it is.
  virtual std::size_t owed_bytes() const = 0;
  virtual bool is_open() const = 0;
  virtual bool is_gone() const = 0;
};

}  // namespace lobbyd::gateway
