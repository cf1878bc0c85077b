// A library to be loaded before all else (LD_PRELOAD): to a program with LOBBYD_TEST_CLOCK_SHIFT in its environment it
// is so many seconds later than it is, or earlier. Its steady clock goes as ever.

#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const char* const text = std::getenv("LOBBYD_TEST_CLOCK_SHIFT");
  static const std::time_t shift = text == nullptr ? 0 : std::atol(text);
  const auto result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += shift;
  return static_cast<int>(result);
}
