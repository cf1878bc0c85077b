#include "tests/bench/load/usage.hpp"

#include <cerrno>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

namespace lobbyd::load {
namespace {

// `field` of /proc/PID/status, which is in KiB, in bytes.
std::size_t memory_field(pid_t process, const std::string& field) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string word; file >> word;) {
    std::size_t kibibytes = 0;
    if (word == field && file >> kibibytes) return kibibytes * 1024;
  }
  throw std::runtime_error("a server has ended");
}

}  // namespace

std::chrono::nanoseconds cpu_time(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (const int error = ::clock_getcpuclockid(process, &clock); error != 0) {
    throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
  }
  if (::clock_gettime(clock, &time) != 0) throw std::system_error(errno, std::generic_category(), "clock_gettime");
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t resident_bytes(pid_t process) {
  return memory_field(process, "VmRSS:");
}

std::size_t highest_resident_bytes(pid_t process) {
  return memory_field(process, "VmHWM:");
}

UsageMeter::UsageMeter(const Target& target) : target_(target), begin_(count()) {}

UsageMeter::Counters UsageMeter::count() const {
  const auto broker = target_.broker();
  return {.at = Clock::now(),
          .server = cpu_time(target_.server()),
          .broker = broker ? cpu_time(*broker) : std::chrono::nanoseconds(0),
          .generator = cpu_time(::getpid())};
}

Usage UsageMeter::read() const {
  const Counters end = count();
  return {.elapsed = end.at - begin_.at,
          .server = end.server - begin_.server,
          .broker = end.broker - begin_.broker,
          .generator = end.generator - begin_.generator};
}

}  // namespace lobbyd::load
