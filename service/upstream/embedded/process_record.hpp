#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace lobbyd::upstream {

// Names one process for as long as the machine runs: process numbers are used again, but not within one tick of the
// kernel's clock.
struct ProcessRecord {
  pid_t pid = -1;
  std::uint64_t start_time = 0;  // clock ticks since boot, field 22 of /proc/PID/stat

  friend bool operator==(const ProcessRecord&, const ProcessRecord&) = default;
};

// Nothing if there is no such process.
std::optional<ProcessRecord> look_up_process(pid_t pid);

// The text of a pid file, "PID START_TIME\n", and back. What is not such a text is nothing.
std::string to_text(const ProcessRecord& record);
std::optional<ProcessRecord> parse_process_record(std::string_view text);

// Whether the process still runs and has `argument` on its command line.
bool is_running_with(const ProcessRecord& record, std::string_view argument);

}  // namespace lobbyd::upstream
