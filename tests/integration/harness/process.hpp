#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/output_reader.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lobbyd::integration {

struct Command {
  std::filesystem::path program;  // looked up in PATH and the sbin folders when it has no slash
  std::vector<std::string> arguments = {};
  std::map<std::string, std::string> environment = {};  // on top of the inherited one, less its LOBBYD_ variables
};

struct ExitStatus {
  int code = 0;    // of a process that exited
  int signal = 0;  // of one that was ended by a signal, else 0

  bool operator==(const ExitStatus&) const = default;
};

/// A child in a process group of its own, with both outputs collected. It dies with the thread that spawned it, and
/// its destructor kills the whole group: nothing outlives the tests. Spawn on the main thread.
class Process {
 public:
  explicit Process(const Command& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t id() const { return id_; }
  bool running();
  void signal(int number);

  /// Waits for the end and reaps; nullopt when the deadline passes first.
  std::optional<ExitStatus> wait(Deadline deadline = default_deadline());

  OutputReader& output() { return *output_; }
  OutputReader& errors() { return *errors_; }

 private:
  pid_t id_ = -1;
  std::optional<ExitStatus> status_;
  std::unique_ptr<OutputReader> output_;
  std::unique_ptr<OutputReader> errors_;
};

struct FinishedProcess {
  ExitStatus status;
  std::string output;
  std::string errors;
};

/// Runs a program that is expected to end by itself; throws DeadlineExceeded if it does not.
FinishedProcess run(const Command& command, Deadline deadline = default_deadline());

/// The ids of the living processes whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent);

/// Bytes of memory that the process holds.
std::size_t resident(pid_t id);

/// Whether the processes give back what they have freed: a sanitizer's heap does not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_plain_heap = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool has_plain_heap = false;
#else
constexpr bool has_plain_heap = true;
#endif
#else
constexpr bool has_plain_heap = true;
#endif

/// Waits until the process, anybody's child, has ended.
bool wait_gone(pid_t id, Deadline deadline = default_deadline());

/// The program's path: from PATH, or from the sbin folders where brokers live; empty if there is none.
std::filesystem::path find_program(const std::string& name);

}  // namespace lobbyd::integration
