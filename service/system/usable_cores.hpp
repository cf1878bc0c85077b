#pragma once

#include <cstddef>
#include <sched.h>
#include <thread>

namespace lobbyd {

// The processor cores that this process may run on: fewer than the machine has where it is bound to some of them, as in
// a container. 0 where the system does not say.
inline std::size_t usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return static_cast<std::size_t>(CPU_COUNT(&cores));
  // The machine has more than the set holds.
  return std::thread::hardware_concurrency();
}

}  // namespace lobbyd
