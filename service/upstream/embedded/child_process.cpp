#include "service/upstream/embedded/child_process.hpp"

#include "service/upstream/embedded/line_splitter.hpp"
#include "service/upstream/embedded/pidfd.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <utility>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Mosquitto cuts its own lines at 1,000 bytes.
constexpr std::size_t line_limit = 1024;

ExitStatus decode(int wait_status) {
  if (WIFSIGNALED(wait_status)) return {true, WTERMSIG(wait_status)};
  return {false, WEXITSTATUS(wait_status)};
}

}  // namespace

std::string to_string(const ExitStatus& status) {
  if (!status.by_signal) return "exited with status " + std::to_string(status.code);
  return "was killed by signal " + std::to_string(status.code) + " (" + ::strsignal(status.code) + ")";
}

// What the pending operations hold on to, so that they may end after the ChildProcess.
class ChildProcess::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, pid_t pid, LineHandler on_line, ExitHandler on_exit)
      : pid_(pid), end_(executor), output_(executor), on_line_(std::move(on_line)), on_exit_(std::move(on_exit)) {}

  pid_t pid() const { return pid_; }

  error_code begin(FileDescriptor end, FileDescriptor output) {
    error_code error;
    end_.assign(end.get(), error);
    if (error) return error;
    end.release();
    output_.assign(output.get(), error);
    if (error) return error;
    output.release();
    output_.non_blocking(true, error);
    if (error) return error;
    read_output();
    // A pidfd becomes readable when the process has ended, and there is nothing to read from it.
    end_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failure) {
      if (!failure) self->ended();
    });
    return {};
  }

  // Until it is reaped the number cannot be given to another process.
  void send_signal(int number) const {
    if (!reaped_) ::kill(pid_, number);
  }

  void end(std::chrono::milliseconds patience) {
    send_signal(SIGTERM);
    if (!reaped_) wait_for_end(end_.native_handle(), patience);
    abandon();
  }

  void abandon() {
    on_line_ = nullptr;
    on_exit_ = nullptr;
    send_signal(SIGKILL);
    reap();
    close();
  }

 private:
  void read_output() {
    output_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code error, std::size_t bytes) {
      if (error) return;
      self->take({self->buffer_.data(), bytes});
      if (self->output_.is_open()) self->read_output();
    });
  }

  void take(std::string_view bytes) {
    splitter_.feed(bytes, [this](std::string_view line) { hand_on(line); });
  }

  void hand_on(std::string_view line) const {
    if (on_line_) on_line_(line);
  }

  void ended() {
    // A handler of the same loop turn may have abandoned the child.
    if (reaped_) return;
    const auto status = reap();
    drain_output();
    close();
    if (auto handler = std::exchange(on_exit_, nullptr)) handler(status);
  }

  ExitStatus reap() {
    if (reaped_) return {};
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return decode(status);
  }

  // The last words before the end matter most. The pipe is non-blocking and its writer is gone, so this ends; bounded
  // all the same, since a grandchild may have inherited it.
  void drain_output() {
    constexpr int pipe_capacity_in_buffers = 64;
    for (int reads = 0; reads < pipe_capacity_in_buffers; ++reads) {
      error_code error;
      const auto bytes = output_.read_some(asio::buffer(buffer_), error);
      if (error) break;
      take({buffer_.data(), bytes});
    }
    splitter_.flush([this](std::string_view line) { hand_on(line); });
  }

  void close() {
    error_code ignored;
    end_.close(ignored);
    output_.close(ignored);
  }

  pid_t pid_;
  bool reaped_ = false;
  asio::posix::stream_descriptor end_;
  asio::posix::stream_descriptor output_;
  std::array<char, 4096> buffer_{};
  LineSplitter splitter_{line_limit};
  LineHandler on_line_;
  ExitHandler on_exit_;
};

std::expected<std::unique_ptr<ChildProcess>, std::string> ChildProcess::start(asio::any_io_executor executor,
                                                                              const Command& command,
                                                                              LineHandler on_line,
                                                                              ExitHandler on_exit) {
  auto process = spawn(command);
  if (!process) return std::unexpected(process.error());
  auto watch = std::make_shared<Watch>(executor, process->pid, std::move(on_line), std::move(on_exit));
  const auto error = watch->begin(std::move(process->pidfd), std::move(process->output));
  // Destroyed at once if it cannot be watched, which ends the process.
  std::unique_ptr<ChildProcess> child(new ChildProcess(std::move(watch)));
  if (error) return std::unexpected("cannot watch " + command.program + ": " + error.message());
  return child;
}

ChildProcess::ChildProcess(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}

ChildProcess::~ChildProcess() {
  watch_->abandon();
}

pid_t ChildProcess::pid() const {
  return watch_->pid();
}

void ChildProcess::send_signal(int number) {
  watch_->send_signal(number);
}

void ChildProcess::end(std::chrono::milliseconds patience) {
  watch_->end(patience);
}

}  // namespace lobbyd::upstream
