#include "tests/bench/load/loop.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace lobbyd::load {
namespace {

[[noreturn]] void fail(const char* call) {
  throw std::system_error(errno, std::generic_category(), call);
}

timespec as_timespec(Clock::duration duration) {
  const auto count = std::max<std::int64_t>(0, std::chrono::nanoseconds(duration).count());
  return {.tv_sec = count / 1'000'000'000, .tv_nsec = count % 1'000'000'000};
}

}  // namespace

Loop::Loop(std::size_t events_at_once) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(events_at_once) {
  if (!epoll_) fail("epoll_create1");
}

void Loop::add(int descriptor, Pollee& pollee, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &pollee}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Loop::change(int descriptor, Pollee& pollee, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &pollee}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event) != 0) fail("epoll_ctl");
}

void Loop::remove(int descriptor, Pollee& pollee) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (int i = 0; i < event_count_; ++i) {
    if (events_[static_cast<std::size_t>(i)].data.ptr == &pollee)
      events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
  }
  std::ranges::replace(to_flush_, &pollee, nullptr);
  std::ranges::replace(flushing_, &pollee, nullptr);
}

void Loop::nest(Loop& other) {
  add(other.epoll_.get(), other, EPOLLIN);
}

void Loop::on_events(std::uint32_t /*events*/) {
  turn(Clock::now());
  flush();
}

void Loop::turn(Time deadline) {
  flush();
  const timespec timeout = as_timespec(deadline - Clock::now());
  event_count_ = ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &timeout, nullptr);
  if (event_count_ < 0 && errno != EINTR) fail("epoll_pwait2");
  for (int i = 0; i < event_count_; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr) static_cast<Pollee*>(event.data.ptr)->on_events(event.events);
  }
  event_count_ = 0;
}

void Loop::flush() {
  flushing_.swap(to_flush_);
  // Those that leave meanwhile are no longer named in it.
  for (Pollee* const pollee : flushing_) {
    if (pollee != nullptr) pollee->flush();
  }
  flushing_.clear();
}

}  // namespace lobbyd::load
