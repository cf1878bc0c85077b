#pragma once

// What processes take of the machine, as the kernel counts it.

#include "tests/bench/load/stamp.hpp"
#include "tests/bench/load/target.hpp"

#include <chrono>
#include <cstddef>
#include <sys/types.h>

namespace lobbyd::load {

// Of user and system, all threads, living and ended.
std::chrono::nanoseconds cpu_time(pid_t process);
// What it holds of physical memory, in bytes; what the kernel holds for its sockets is not in it.
std::size_t resident_bytes(pid_t process);
std::size_t highest_resident_bytes(pid_t process);

struct Usage {
  std::chrono::duration<double> elapsed{};
  std::chrono::duration<double> server{};
  std::chrono::duration<double> broker{};     // 0 where there is none
  std::chrono::duration<double> generator{};  // this process

  double generator_share() const { return generator / elapsed; }
};

// Runs from its making on. The target must outlive it.
class UsageMeter {
 public:
  explicit UsageMeter(const Target& target);
  Usage read() const;

 private:
  struct Counters {
    Time at;
    std::chrono::nanoseconds server;
    std::chrono::nanoseconds broker;
    std::chrono::nanoseconds generator;
  };
  Counters count() const;

  const Target& target_;
  Counters begin_;
};

}  // namespace lobbyd::load
