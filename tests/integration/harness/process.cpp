#include "tests/integration/harness/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lobbyd::integration {
namespace {

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

std::vector<std::string> child_environment(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    // A developer's own LOBBYD_ settings must not change what is tested.
    if (!text.starts_with("LOBBYD_") && !additions.contains(std::string(text.substr(0, text.find('='))))) {
      result.emplace_back(text);
    }
  }
  for (const auto& [name, value] : additions) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (auto& string : strings) result.push_back(string.data());
  result.push_back(nullptr);
  return result;
}

// Between fork and exec only async-signal-safe calls are allowed: everything is prepared before.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, int output, int errors,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  // The tests' own sockets: a child that inherited one would keep it open when the test closes it.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(program, arguments, environment);
  ::_exit(127);
}

// Polls readable once the process has ended.
FileDescriptor process_descriptor(pid_t id) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
}

bool wait_readable(const FileDescriptor& descriptor, Deadline deadline) {
  pollfd waiting{descriptor.get(), POLLIN, 0};
  while (true) {
    const int count = ::poll(&waiting, 1, remaining_ms(deadline));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

std::optional<pid_t> parent_of(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the name in parentheses, which may itself hold spaces and parentheses.
  const auto end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(end_of_name + 1));
  char state = 0;
  pid_t parent = 0;
  fields >> state >> parent;
  if (!fields || state == 'Z') return std::nullopt;
  return parent;
}

}  // namespace

Process::Process(const Command& command) {
  const auto program =
      command.program.native().contains('/') ? command.program : find_program(command.program.native());
  if (program.empty()) throw std::runtime_error("no such program: " + command.program.string());
  std::vector<std::string> arguments{program.string()};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  auto environment = child_environment(command.environment);
  const auto argument_pointers = pointers(arguments);
  const auto environment_pointers = pointers(environment);
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  const pid_t parent = ::getpid();
  id_ = ::fork();
  if (id_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (id_ == 0) {
    become(program.c_str(), argument_pointers.data(), environment_pointers.data(), output.write_end.get(),
           errors.write_end.get(), parent);
  }
  // Both sides set the group, so that it exists whichever runs first.
  ::setpgid(id_, id_);
  output_ = std::make_unique<OutputReader>(std::move(output.read_end));
  errors_ = std::make_unique<OutputReader>(std::move(errors.read_end));
}

Process::~Process() {
  if (!status_) {
    ::kill(-id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
}

bool Process::running() {
  return !wait(Clock::now()).has_value();
}

void Process::signal(int number) {
  if (!status_) ::kill(id_, number);
}

std::optional<ExitStatus> Process::wait(Deadline deadline) {
  if (status_) return status_;
  if (!wait_readable(process_descriptor(id_), deadline)) return std::nullopt;
  int status = 0;
  if (::waitpid(id_, &status, 0) != id_) throw std::system_error(errno, std::generic_category(), "waitpid");
  status_ = WIFEXITED(status) ? ExitStatus{WEXITSTATUS(status), 0} : ExitStatus{0, WTERMSIG(status)};
  return status_;
}

FinishedProcess run(const Command& command, Deadline deadline) {
  Process process(command);
  const auto status = process.wait(deadline);
  if (!status) throw DeadlineExceeded(command.program.string() + " has not ended: " + process.errors().text());
  process.output().wait_end(deadline);
  process.errors().wait_end(deadline);
  return {*status, process.output().text(), process.errors().text()};
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> result;
  std::error_code ignored;  // a process may end while its entry is looked at
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto name = entry.path().filename().string();
    pid_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error == std::errc{} && end == name.data() + name.size() && parent_of(entry.path()) == parent) {
      result.push_back(id);
    }
  }
  return result;
}

std::size_t resident(pid_t id) {
  std::ifstream file("/proc/" + std::to_string(id) + "/statm");
  std::size_t size = 0;
  std::size_t pages = 0;
  if (!(file >> size >> pages)) throw std::runtime_error("there is no process " + std::to_string(id));
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

bool wait_gone(pid_t id, Deadline deadline) {
  const auto descriptor = process_descriptor(id);
  return !descriptor || wait_readable(descriptor, deadline);
}

std::filesystem::path find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/local/sbin:/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = std::filesystem::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

}  // namespace lobbyd::integration
