#include "tests/integration/harness/output_reader.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>

namespace lobbyd::integration {

OutputReader::OutputReader(FileDescriptor pipe)
    : pipe_(std::move(pipe)), stop_(::eventfd(0, EFD_CLOEXEC)), thread_([this] { read_all(); }) {}

OutputReader::~OutputReader() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

std::string OutputReader::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::optional<std::string> OutputReader::wait_line(std::string_view part, Deadline deadline, std::size_t from) {
  std::unique_lock lock(mutex_);
  std::optional<std::string> line;
  changed_.wait_until(lock, deadline, [&] {
    line = find_line(part, from);
    return line.has_value() || ended_;
  });
  return line;
}

bool OutputReader::wait_end(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return ended_; });
}

void OutputReader::read_all() {
  std::array<char, 16384> buffer{};
  while (true) {
    std::array<pollfd, 2> waiting{{{pipe_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) break;
    if (waiting[0].revents != 0) {
      const auto count = ::read(pipe_.get(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      const std::lock_guard lock(mutex_);
      text_.append(buffer.data(), static_cast<std::size_t>(count));
      changed_.notify_all();
    } else if (waiting[1].revents != 0) {
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::optional<std::string> OutputReader::find_line(std::string_view part, std::size_t from) const {
  const auto found = text_.find(part, from);
  if (found == std::string::npos) return std::nullopt;
  const auto end = text_.find('\n', found);
  if (end == std::string::npos) return std::nullopt;
  const auto before = text_.rfind('\n', found);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return text_.substr(begin, end - begin);
}

}  // namespace lobbyd::integration
