#pragma once

// One connection of the load generator: a TCP socket that never blocks, and what all protocols have in common.

#include "protocol/mqtt/types.hpp"
#include "tests/bench/load/loop.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lobbyd::load {

using integration::Endpoint;
using mqtt::QoS;

class Client;

struct Message {
  std::string_view topic;
  std::string_view payload;
  QoS qos = QoS::at_most_once;
  bool retain = false;
};

// Whoever is told what becomes of clients. `read_at` is when the bytes were read from the socket.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_ready(Client& client) = 0;       // connected and let in
  virtual void on_subscribed(Client& client) = 0;  // all of one subscribe()
  virtual void on_message(Client& client, std::string_view payload, Time read_at) = 0;
  virtual void on_published(Client& client) = 0;  // the answer to a message of QoS 1
};

// An end of the connection that nobody asked for, and whatever else is not as it should be, throws std::runtime_error
// out of the loop: a run in which something was lost measures nothing.
class Client : private Pollee {
 public:
  Client(Loop& loop, Observer& observer, std::uint32_t number) : loop_(loop), observer_(observer), number_(number) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override { close(); }

  // Begins to connect; Observer::on_ready follows.
  void open(const Endpoint& server);
  void close();
  // Another connection to the same server. Not from within a call of the observer.
  void reopen();
  bool is_open() const { return static_cast<bool>(socket_); }

  // What these produce leaves at the end of the loop's turn.
  virtual void subscribe(std::span<const std::string> filters) = 0;
  virtual void publish(const Message& message) = 0;

  // Counted by whoever makes the clients, from 0.
  std::uint32_t number() const { return number_; }
  // How often something was read.
  std::uint64_t reads() const { return reads_; }

 protected:
  // The socket is connected.
  virtual void on_connected() = 0;
  // Takes whole units from the front of `bytes`, which it may write to, and says how many bytes they were. The rest
  // comes again, with more behind it.
  virtual std::size_t on_bytes(std::span<char> bytes) = 0;

  // Append to it what is to be sent, and call this.
  std::string& output();
  Observer& observer() { return observer_; }
  const Endpoint& server() const { return server_; }
  Time read_at() const { return read_at_; }
  [[noreturn]] void fail(std::string_view what) const;

 private:
  void on_events(std::uint32_t events) override;
  void flush() override;
  void finish_connect();
  void read();
  void consume(std::span<char> bytes);
  void wait_for_room(bool wanted);

  Loop& loop_;
  Observer& observer_;
  std::uint32_t number_;
  Endpoint server_;
  integration::FileDescriptor socket_;
  bool connected_ = false;
  bool flush_pending_ = false;
  bool waits_for_room_ = false;
  std::uint64_t reads_ = 0;
  Time read_at_;
  std::string input_;  // what is incomplete
  std::string output_;
};

}  // namespace lobbyd::load
