#include "service/system/process_memory.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <malloc.h>
#include <string_view>
#include <unistd.h>

namespace lobbyd {

ProcessMemory::ProcessMemory() : file_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

// The second number, in pages (proc(5)).
std::optional<std::size_t> ProcessMemory::resident() const {
  std::array<char, 128> buffer{};
  const ssize_t size = ::pread(file_.get(), buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t pages = 0;
  if (std::from_chars(text.data() + space + 1, text.data() + text.size(), pages).ec != std::errc()) {
    return std::nullopt;
  }
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void ProcessMemory::trim() {
  ::malloc_trim(0);
}

}  // namespace lobbyd
