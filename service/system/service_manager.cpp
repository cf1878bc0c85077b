#include "service/system/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <unistd.h>

namespace lobbyd {

namespace {

std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  const std::string path = take_variable("NOTIFY_SOCKET");
  const auto watchdog_time = positive_number(take_variable("WATCHDOG_USEC"));
  const std::string watchdog_process = take_variable("WATCHDOG_PID");

  ServiceManager manager;
  const bool is_path = path.starts_with('/') || path.starts_with('@');
  if (!is_path || path.size() > sizeof(manager.address_.sun_path)) {
    return manager;
  }
  manager.address_.sun_family = AF_UNIX;
  std::ranges::copy(path, std::begin(manager.address_.sun_path));
  if (path.starts_with('@')) {
    // An abstract name begins with a NUL (unix(7)).
    manager.address_.sun_path[0] = '\0';
  }
  manager.address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  manager.socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (watchdog_time && (watchdog_process.empty() || watchdog_process == std::to_string(::getpid()))) {
    manager.watchdog_time_ = std::chrono::microseconds(*watchdog_time);
  }
  return manager;
}

void ServiceManager::reloading() const {
  // Tells this reload from an earlier one.
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void ServiceManager::status(std::string_view text) const {
  tell("STATUS=" + std::string(text));
}

void ServiceManager::tell(std::string_view what) const {
  if (socket_) {
    ::sendto(socket_.get(), what.data(), what.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address_),
             address_size_);
  }
}

}  // namespace lobbyd
