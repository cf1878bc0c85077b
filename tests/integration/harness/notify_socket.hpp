#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/file_descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::integration {

/// What a service manager listens on: sd_notify(3).
class NotifySocket {
 public:
  /// `name`: a path, or an abstract name that begins with "@". Throws std::system_error.
  explicit NotifySocket(const std::string& name);

  /// The next datagram that begins with this; those before it are dropped. Throws DeadlineExceeded.
  std::string wait(std::string_view beginning, Deadline deadline = default_deadline());
  /// All that waits.
  std::vector<std::string> waiting();

 private:
  FileDescriptor socket_;
};

}  // namespace lobbyd::integration
