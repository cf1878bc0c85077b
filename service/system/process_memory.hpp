#pragma once

// How much of the machine's memory this process holds. One thread.

#include "service/system/file_descriptor.hpp"

#include <cstddef>
#include <optional>

namespace lobbyd {

class ProcessMemory {
 public:
  // Keeps its file open: it can be asked when no descriptor is left.
  ProcessMemory();

  // Bytes; nothing where the system does not tell.
  std::optional<std::size_t> resident() const;
  // Gives back what has been freed, which may take some milliseconds for each GiB.
  static void trim();

 private:
  FileDescriptor file_;
};

}  // namespace lobbyd
