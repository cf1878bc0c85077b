#pragma once

// Tells the service manager how the daemon is: the datagrams of sd_notify(3), which systemd keeps stable, and other
// supervisors take as well. Without a service manager all calls do nothing.
//
// Nothing is waited for: a manager that does not read loses what it is told. Any thread, but for the creation.

#include "service/system/file_descriptor.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>

namespace lobbyd {

class ServiceManager {
 public:
  // By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. They are taken out of the environment: they are not meant for the
  // processes that the daemon starts. To be called while there is one thread.
  static ServiceManager from_environment();

  void ready() const { tell("READY=1"); }
  void reloading() const;
  void stopping() const { tell("STOPPING=1"); }
  // One line, for people.
  void status(std::string_view text) const;
  // To be called at least once in `watchdog_time`, or the manager ends the daemon.
  void alive() const { tell("WATCHDOG=1"); }

  const std::optional<std::chrono::microseconds>& watchdog_time() const { return watchdog_time_; }

 private:
  void tell(std::string_view what) const;

  FileDescriptor socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_time_;
};

}  // namespace lobbyd
