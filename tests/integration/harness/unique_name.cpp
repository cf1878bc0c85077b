#include "tests/integration/harness/unique_name.hpp"

#include <atomic>
#include <unistd.h>

namespace lobbyd::integration {

std::string unique_name(std::string_view prefix) {
  static std::atomic<unsigned> count = 0;
  return std::string(prefix) + "-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace lobbyd::integration
