// A library to be loaded before all else (LD_PRELOAD), for a program whose time is not the system's.
//
// LOBBYD_TEST_CLOCK_SHIFT: to its system clock it is so many seconds later than it is, or earlier.
// LOBBYD_TEST_CLOCK_JUMPS: a file of eight bytes, the seconds that both its clocks have jumped forward by now.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::int64_t* map_jumps() {
  static std::int64_t none = 0;
  const char* const file = std::getenv("LOBBYD_TEST_CLOCK_JUMPS");
  if (file == nullptr) return &none;
  const int descriptor = ::open(file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return &none;
  void* const memory = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  return memory == MAP_FAILED ? &none : static_cast<std::int64_t*>(memory);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const char* const text = std::getenv("LOBBYD_TEST_CLOCK_SHIFT");
  static const std::time_t shift = text == nullptr ? 0 : std::atol(text);
  static std::int64_t* const jumps = map_jumps();
  const auto result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += shift;
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC)) {
    time->tv_sec += std::atomic_ref(*jumps).load();
  }
  return static_cast<int>(result);
}
