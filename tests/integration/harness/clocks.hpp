#pragma once

#include "tests/integration/harness/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace lobbyd::integration {

/// The environment of a daemon whose system clock says this when it is started. Its steady clock is the system's.
std::map<std::string, std::string> environment_at(std::chrono::sys_seconds time);

/// The time of daemons that have its environment. It goes as ever until it jumps.
class JumpingClock {
 public:
  JumpingClock();
  std::map<std::string, std::string> environment() const;
  /// Both clocks of the daemons, forward. Timers that are due then fire with the next one that is due in any case.
  void jump(std::chrono::seconds time);

 private:
  TemporaryDirectory directory_;
  std::filesystem::path file_;
  std::int64_t seconds_ = 0;
};

}  // namespace lobbyd::integration
