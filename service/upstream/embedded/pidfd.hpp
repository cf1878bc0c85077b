#pragma once

#include "service/system/file_descriptor.hpp"

#include <chrono>
#include <sys/types.h>

namespace lobbyd::upstream {

// A descriptor that stands for one process, whatever becomes of its number (Linux 5.3). None, with errno set, if there
// is no such process, or it may not be watched.
FileDescriptor open_pidfd(pid_t pid);

// 0, or an errno; ESRCH if it has ended.
int send_signal(const FileDescriptor& pidfd, int number);

// Blocks until the process has ended; false if it has not by the end of `patience`.
bool wait_for_end(int pidfd, std::chrono::milliseconds patience);

}  // namespace lobbyd::upstream
