#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/file_descriptor.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace lobbyd::integration {

/// Collects what a process writes to one pipe, on a thread of its own, so that the writer never blocks on a full pipe.
class OutputReader {
 public:
  explicit OutputReader(FileDescriptor pipe);
  OutputReader(const OutputReader&) = delete;
  OutputReader& operator=(const OutputReader&) = delete;
  ~OutputReader();

  std::string text() const;

  /// The first whole line, at or after byte `from`, that contains `part`; nullopt when the deadline passes or the
  /// pipe ends without one.
  std::optional<std::string> wait_line(std::string_view part, Deadline deadline = default_deadline(),
                                       std::size_t from = 0);

  /// Waits until every writer has closed the pipe.
  bool wait_end(Deadline deadline = default_deadline());

 private:
  void read_all();
  std::optional<std::string> find_line(std::string_view part, std::size_t from) const;

  FileDescriptor pipe_;
  FileDescriptor stop_;  // an eventfd: a grandchild may hold the pipe open for longer than we want to read
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace lobbyd::integration
