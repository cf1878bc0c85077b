#include "tests/integration/harness/clocks.hpp"

#include "tests/integration/harness/file_descriptor.hpp"

#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace lobbyd::integration {

std::map<std::string, std::string> environment_at(std::chrono::sys_seconds time) {
  const auto shift = time - std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return {{"LD_PRELOAD", LOBBYD_SHIFTED_CLOCK}, {"LOBBYD_TEST_CLOCK_SHIFT", std::to_string(shift.count())}};
}

JumpingClock::JumpingClock() : file_(directory_.write("jumps", std::string(sizeof(seconds_), '\0'))) {}

std::map<std::string, std::string> JumpingClock::environment() const {
  return {{"LD_PRELOAD", LOBBYD_SHIFTED_CLOCK}, {"LOBBYD_TEST_CLOCK_JUMPS", file_.string()}};
}

void JumpingClock::jump(std::chrono::seconds time) {
  seconds_ += time.count();
  const FileDescriptor file(::open(file_.c_str(), O_WRONLY | O_CLOEXEC));
  if (::pwrite(file.get(), &seconds_, sizeof(seconds_), 0) != sizeof(seconds_)) {
    throw std::runtime_error("the clock cannot be set: " + file_.string());
  }
}

}  // namespace lobbyd::integration
