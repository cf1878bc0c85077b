#pragma once

#include "service/system/file_descriptor.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace lobbyd::upstream {

struct Command {
  std::string program;                 // a path, as find_program gives it
  std::vector<std::string> arguments;  // without the program's own name
  std::string directory;               // the working directory
};

struct SpawnedProcess {
  pid_t pid = -1;         // the caller reaps it
  FileDescriptor pidfd;   // readable once it has ended
  FileDescriptor output;  // what it writes to standard output and standard error
};

// Starts a child that
//   - is sent SIGTERM when the calling THREAD ends, however it ends: to be called on a thread that lives as long as the
//     process;
//   - is in its own process group, so that Ctrl-C on the terminal reaches the caller alone;
//   - inherits no descriptor, no ignored signal but SIGUSR1, and of the environment only what a program needs to run:
//     secrets that were given to the caller in variables, and service managers' sockets, stay here;
//   - ignores SIGUSR1 until it installs a handler, so that one that comes early does not end it.
// Waits until the program runs (or could not be run). The error is a sentence.
std::expected<SpawnedProcess, std::string> spawn(const Command& command);

// The path of an executable file: `program` itself if it holds a slash, else looked for in the directories of
// `search_path` (as in $PATH) and then where daemons are installed, which is often not on a user's PATH.
// Empty if there is none.
std::string find_program(std::string_view program, std::string_view search_path);

}  // namespace lobbyd::upstream
