#include "service/gateway/poller.hpp"

#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>
#include <iterator>
#include <sys/epoll.h>
#include <utility>

namespace lobbyd::gateway {

namespace {

// Then the rest of the loop has its turn.
constexpr std::size_t max_events_of_a_turn = 256;

int create_epoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
  }
  return descriptor;
}

}  // namespace

Poller::Poller(boost::asio::io_context& context) : epoll_(context, create_epoll()) {
  wait();
}

bool Poller::add(int descriptor, std::shared_ptr<Pollable> pollable, Slot& slot) {
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(pollables_.size()));
    pollables_.emplace_back();
  }
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u32 = free_.back();
  if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return false;
  }
  slot = free_.back();
  free_.pop_back();
  pollables_[slot] = std::move(pollable);
  return true;
}

void Poller::remove(int descriptor, Slot slot) {
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  // The last owner may be the one that asks.
  const std::shared_ptr<Pollable> removed = std::exchange(pollables_[slot], nullptr);
  removed_.push_back(slot);
}

void Poller::tick(Pollable::TimePoint now) {
  for (const std::shared_ptr<Pollable>& held : pollables_) {
    if (const std::shared_ptr<Pollable> pollable = held) {
      pollable->on_tick(now);
    }
  }
}

void Poller::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) {
      dispatch();
      wait();
    }
  });
}

void Poller::dispatch() {
  std::array<epoll_event, max_events_of_a_turn> events{};
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  free_.insert(free_.end(), removed_.begin(), removed_.end());
  removed_.clear();
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (const std::shared_ptr<Pollable> pollable = pollables_[event.data.u32]) {
      pollable->on_ready({.readable = (event.events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
                          .writable = (event.events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
                          .ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0});
    }
  }
}

}  // namespace lobbyd::gateway
