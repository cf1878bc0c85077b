#pragma once

#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/tcp_socket.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::integration {

struct DaemonOptions {
  std::string broker_url = {};              // "" leaves the choice to the daemon (the embedded broker) or to `config`
  std::string config = {};                  // TOML; "" for no file
  std::vector<std::string> arguments = {};  // on top of the harness's own
  std::map<std::string, std::string> environment = {};
  std::filesystem::path data_directory = {};          // "" for a fresh one that goes with the daemon
  std::vector<std::string> listen = {"127.0.0.1:0"};  // empty: as `config` says
  bool admin = true;                                  // --admin 127.0.0.1:0, else --no-admin
};

/// LOBBYD_TEST_THREADS, the number that each daemon has whose `config` names none: the whole suite can be run so.
std::optional<unsigned> chosen_threads();

/// The real daemon. The constructor returns once it has printed its ready line, or throws with what it logged. The
/// destructor ends it in an orderly way and reports, as a test failure, a daemon that died or does not exit with 0.
class Daemon {
 public:
  explicit Daemon(DaemonOptions options);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  const Endpoint& listen() const { return listen_; }
  const Endpoint& admin() const { return admin_; }
  const std::string& ready_line() const { return ready_line_; }
  const std::filesystem::path& data_directory() const { return options_.data_directory; }

  pid_t id() const { return process_->id(); }
  bool running() { return process_->running(); }
  void signal(int number) { process_->signal(number); }
  std::optional<ExitStatus> wait(Deadline deadline = default_deadline()) { return process_->wait(deadline); }
  /// SIGTERM and the wait for the end; throws DeadlineExceeded.
  ExitStatus terminate();
  /// SIGKILL, which the daemon cannot do anything about, and the wait for its end.
  void kill();

  /// Everything logged (standard error) and printed (standard output) so far.
  std::string log() { return process_->errors().text(); }
  std::string printed() { return process_->output().text(); }
  OutputReader& log_reader() { return process_->errors(); }

 private:
  Command command();
  void wait_ready();

  TemporaryDirectory directory_;
  DaemonOptions options_;
  std::unique_ptr<Process> process_;
  std::string ready_line_;
  Endpoint listen_;
  Endpoint admin_;
};

/// The daemon's program with just these arguments, to its end: for the command line's own answers.
FinishedProcess run_daemon(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {},
                           Deadline deadline = default_deadline());

}  // namespace lobbyd::integration
