#include "service/upstream/embedded/spawn.hpp"

#include "service/upstream/embedded/pidfd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace lobbyd::upstream {
namespace {

constexpr std::array inherited_variables{"PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "TMPDIR"};

std::string describe(int error) {
  return std::generic_category().message(error);
}

// Everything that the child needs, made before the fork: between fork and exec only async-signal-safe functions may be
// called, since another thread may hold the allocator's lock.
struct ChildImage {
  std::vector<char*> arguments;
  std::vector<std::string> variables;
  std::vector<char*> environment;
  const char* program;
  const char* directory;
  pid_t parent;
  int output;
  int failure;  // takes errno if the program cannot be run; closed by exec
};

ChildImage make_image(const Command& command, int output, int failure) {
  ChildImage image{};
  image.program = command.program.c_str();
  image.directory = command.directory.c_str();
  image.parent = ::getpid();
  image.output = output;
  image.failure = failure;
  // execve takes char* for historical reasons and does not write to them.
  image.arguments.push_back(const_cast<char*>(command.program.c_str()));
  for (const auto& argument : command.arguments) image.arguments.push_back(const_cast<char*>(argument.c_str()));
  image.arguments.push_back(nullptr);
  for (const char* name : inherited_variables) {
    if (const char* value = std::getenv(name)) image.variables.push_back(std::string(name) + "=" + value);
  }
  for (auto& variable : image.variables) image.environment.push_back(variable.data());
  image.environment.push_back(nullptr);
  return image;
}

void close_all_on_exec() {
  constexpr unsigned first = STDERR_FILENO + 1;
  if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11.
  constexpr rlim_t highest_checked = 65536;
  rlimit limit{};
  const rlim_t end = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min(limit.rlim_cur, highest_checked) : 1024;
  for (rlim_t descriptor = first; descriptor < end; ++descriptor) {
    ::fcntl(static_cast<int>(descriptor), F_SETFD, FD_CLOEXEC);
  }
}

void reset_signals() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  // SIGKILL and SIGSTOP refuse, and so do the numbers that the C library keeps for itself.
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGUSR1, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void fail_child(int failure) {
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

[[noreturn]] void run_child(const ChildImage& image) {
  reset_signals();
  ::setpgid(0, 0);
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) fail_child(image.failure);
  // The parent may have died before the line above: then no signal will come.
  if (::getppid() != image.parent) ::_exit(127);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0) fail_child(image.failure);
  if (::dup2(image.output, STDOUT_FILENO) < 0 || ::dup2(image.output, STDERR_FILENO) < 0) fail_child(image.failure);
  if (::chdir(image.directory) != 0) fail_child(image.failure);
  ::umask(077);
  close_all_on_exec();
  ::execve(image.program, image.arguments.data(), image.environment.data());
  fail_child(image.failure);
}

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

std::expected<Pipe, std::string> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected("cannot make a pipe: " + describe(errno));
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// 0 once the program runs, else the errno that kept it from running.
int wait_for_exec(int failure) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(failure, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  return got == sizeof error ? error : 0;
}

void kill_and_reap(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool is_executable_file(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::expected<SpawnedProcess, std::string> spawn(const Command& command) {
  auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  auto failure = make_pipe();
  if (!failure) return std::unexpected(failure.error());
  const auto image = make_image(command, output->write_end.get(), failure->write_end.get());

  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected("cannot start a process: " + describe(errno));
  if (pid == 0) run_child(image);

  failure->write_end.reset();
  if (const int error = wait_for_exec(failure->read_end.get()); error != 0) {
    kill_and_reap(pid);
    return std::unexpected("cannot run " + command.program + " in " + command.directory + ": " + describe(error));
  }
  auto pidfd = open_pidfd(pid);
  if (!pidfd) {
    const int error = errno;
    kill_and_reap(pid);
    return std::unexpected("cannot watch a child process (pidfd_open, Linux 5.3 or newer): " + describe(error));
  }
  return SpawnedProcess{pid, std::move(pidfd), std::move(output->read_end)};
}

std::string find_program(std::string_view program, std::string_view search_path) {
  if (program.find('/') != std::string_view::npos) {
    const std::string path(program);
    return is_executable_file(path) ? path : std::string();
  }
  std::string directories(search_path);
  directories += ":/usr/local/sbin:/usr/sbin:/sbin";
  for (std::size_t begin = 0; begin <= directories.size();) {
    const auto end = std::min(directories.find(':', begin), directories.size());
    const auto path = directories.substr(begin, end - begin) + "/" + std::string(program);
    // A relative or empty entry would make what runs depend on where the daemon was started.
    if (path.starts_with('/') && end > begin && is_executable_file(path)) return path;
    begin = end + 1;
  }
  return {};
}

}  // namespace lobbyd::upstream
