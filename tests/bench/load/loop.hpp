#pragma once

// One thread's event loop over epoll(7), level-triggered. What the clients write within a turn leaves at its end, in
// one write for each.

#include "tests/bench/load/stamp.hpp"
#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

namespace lobbyd::load {

// A wait took too long: something was lost, or a server does not keep up.
using integration::DeadlineExceeded;

class Pollee {
 public:
  virtual ~Pollee() = default;
  virtual void on_events(std::uint32_t events) = 0;
  virtual void flush() = 0;
};

class Loop : private Pollee {
 public:
  // `events_at_once`: so many sockets are served in a turn.
  explicit Loop(std::size_t events_at_once = 512);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() override = default;

  void add(int descriptor, Pollee& pollee, std::uint32_t events);
  void change(int descriptor, Pollee& pollee, std::uint32_t events);
  // Before the descriptor is closed. Nothing is told of the pollee any more.
  void remove(int descriptor, Pollee& pollee);
  // From now on each turn of this loop lets the other one have a turn, too, where something is ready there. So what is
  // in this loop never waits for more than a few of the other's.
  void nest(Loop& other);
  // Calls flush() before the loop waits again.
  void flush_later(Pollee& pollee) { to_flush_.push_back(&pollee); }

  // Flushes, waits for events, until `deadline` at most, and gives them out.
  void turn(Time deadline);

  // Turns until `done()`. `what` is for the error, DeadlineExceeded.
  template <class Done>
  void run_until(Done done, Time deadline, std::string_view what) {
    while (!done()) {
      if (Clock::now() >= deadline) throw DeadlineExceeded("in vain waited for " + std::string(what));
      turn(deadline);
    }
    flush();
  }
  void run_for(Clock::duration duration) {
    const Time end = Clock::now() + duration;
    while (Clock::now() < end) turn(end);
  }

 private:
  void on_events(std::uint32_t events) override;
  void flush() override;

  integration::FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  int event_count_ = 0;
  std::vector<Pollee*> to_flush_;
  std::vector<Pollee*> flushing_;
};

}  // namespace lobbyd::load
