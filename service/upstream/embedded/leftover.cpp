#include "service/upstream/embedded/leftover.hpp"

#include "service/upstream/embedded/pidfd.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

std::unexpected<std::string> cannot_end(const ProcessRecord& record, std::string_view why) {
  return std::unexpected("a Mosquitto that an earlier lobbyd left behind (process " + std::to_string(record.pid) +
                         ") cannot be ended: " + std::string(why) + "; end it by hand, then start again");
}

}  // namespace

std::expected<void, std::string> end_leftover(const ProcessRecord& record, std::string_view argument,
                                              EndingPatience patience) {
  // Opened before the process is looked at: what is then found to be the right one stays the one that is signalled.
  const auto pidfd = open_pidfd(record.pid);
  if (!pidfd && errno == ESRCH) return {};
  if (!pidfd) return cannot_end(record, std::generic_category().message(errno));
  if (!is_running_with(record, argument)) return {};

  spdlog::warn("ending the Mosquitto that an earlier lobbyd left behind, process={}", record.pid);
  struct Step {
    int signal;
    std::chrono::milliseconds patience;
  };
  for (const auto step : {Step{SIGTERM, patience.after_terminate}, Step{SIGKILL, patience.after_kill}}) {
    const int error = send_signal(pidfd, step.signal);
    if (error == ESRCH) return {};
    if (error != 0) return cannot_end(record, std::generic_category().message(error));
    if (wait_for_end(pidfd.get(), step.patience)) return {};
    spdlog::warn("it did not end within {} ms of signal {}, process={}", step.patience.count(), step.signal,
                 record.pid);
  }
  return cannot_end(record, "it did not end after SIGKILL");
}

}  // namespace lobbyd::upstream
