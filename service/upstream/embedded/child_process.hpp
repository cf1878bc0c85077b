#pragma once

#include "service/upstream/embedded/spawn.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

struct ExitStatus {
  bool by_signal = false;
  int code = 0;  // the exit status, or the signal's number
};

// "exited with status 1", "was killed by signal 9 (Killed)".
std::string to_string(const ExitStatus& status);

// A running child whose output lines and whose end are reported on the loop. One thread: the executor's, which has to
// be the one that lives as long as the process (see spawn).
class ChildProcess {
 public:
  using LineHandler = std::function<void(std::string_view)>;
  using ExitHandler = std::move_only_function<void(ExitStatus)>;

  // Lines come until the exit handler is called, once, after the last line. Neither is called from within start, nor
  // after destruction; only the exit handler may destroy the ChildProcess. The error is a sentence.
  static std::expected<std::unique_ptr<ChildProcess>, std::string> start(boost::asio::any_io_executor executor,
                                                                         const Command& command, LineHandler on_line,
                                                                         ExitHandler on_exit);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // A child that still runs is killed and reaped.
  ~ChildProcess();

  pid_t pid() const;

  // Does nothing once the child has been reaped.
  void send_signal(int number);

  // SIGTERM, then blocks until it has ended, or has been killed when `patience` is over. No handler is called.
  void end(std::chrono::milliseconds patience);

 private:
  class Watch;
  explicit ChildProcess(std::shared_ptr<Watch> watch);
  std::shared_ptr<Watch> watch_;
};

}  // namespace lobbyd::upstream
