#pragma once

// Which of the clients' sockets can be read and written: one registration for the life of a socket, and no memory,
// system call or timer for one that is idle. The event loop waits for all of them as for one descriptor.
//
// Edge-triggered (epoll(7)): after `on_ready` a side is told of again only when the socket has refused it once, or a
// read was shorter than what was asked for. One loop.

#include "service/system/file_descriptor.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lobbyd::gateway {

class Pollable {
 public:
  struct Ready {
    bool readable;
    bool writable;
    bool ended;  // the peer has closed its side, or the connection is broken: what is left is to be read to its end
  };
  using TimePoint = std::chrono::steady_clock::time_point;
  virtual ~Pollable() = default;
  virtual void on_ready(Ready ready) = 0;
  virtual void on_tick(TimePoint now) = 0;
};

class Poller {
 public:
  using Slot = std::uint32_t;

  // Throws boost::system::system_error where the system has no descriptor for it.
  explicit Poller(boost::asio::io_context& context);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() = default;

  // Keeps `pollable` until `remove`. Tells at once, but not from within this call, what the socket is ready for. False
  // where the system has no memory for it.
  bool add(int descriptor, std::shared_ptr<Pollable> pollable, Slot& slot);
  // Before the descriptor is closed. Nothing is told of it any more.
  void remove(int descriptor, Slot slot);
  // Tells all of the time. They may remove themselves and others then, and add nobody.
  void tick(Pollable::TimePoint now);
  std::size_t size() const { return pollables_.size() - free_.size() - removed_.size(); }

 private:
  void wait();
  void dispatch();

  boost::asio::posix::stream_descriptor epoll_;
  std::vector<std::shared_ptr<Pollable>> pollables_;  // by slot
  std::vector<Slot> free_;
  std::vector<Slot> removed_;  // while events are given out that may still name them
};

}  // namespace lobbyd::gateway
