#pragma once

// Tells the operator of connections that were refused: at once for the first, then at most once a minute with a count.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace lobbyd::gateway {

class RefusalLog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Cause : std::uint8_t { max_clients, max_clients_per_ip, memory, too_many_handshakes, origin, host };

  // `detail`: what this one was about; that of the last is logged.
  void count(Cause cause, std::string detail, TimePoint now);
  void tick(TimePoint now);

 private:
  struct Entry {
    std::size_t refused = 0;
    std::string detail;
    TimePoint quiet_until = TimePoint::min();
  };

  static void report(Cause cause, Entry& entry, TimePoint now);

  std::array<Entry, 6> entries_;  // by cause
};

}  // namespace lobbyd::gateway
