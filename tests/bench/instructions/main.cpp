// The daemon's hot path without sockets, to have its instructions counted: see .ci/lib/instructions.
//
// Everything here is fixed: counts, texts, the time. Nothing waits, and nothing depends on where memory lies.

#include "tests/bench/instructions/measured.hpp"

#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <valgrind/callgrind.h>

namespace lobbyd::bench {

void measured(const std::string& name, std::size_t units, const std::function<void()>& call) {
  CALLGRIND_START_INSTRUMENTATION;
  call();
  CALLGRIND_STOP_INSTRUMENTATION;
  // The dump may be written later, so the text stays.
  static std::deque<std::string> titles;
  CALLGRIND_DUMP_STATS_AT(titles.emplace_back(name + ' ' + std::to_string(units)).c_str());
}

// Its version decides on the figures as much as the code does.
std::string compiler() {
#ifdef __clang__
  return "clang-" + std::to_string(__clang_major__);
#else
  return "gcc-" + std::to_string(__GNUC__);
#endif
}

}  // namespace lobbyd::bench

int main(int, char** arguments) {
  try {
    lobbyd::bench::measure_deliveries();
    lobbyd::bench::measure_publishes();
    std::cout << lobbyd::bench::compiler() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << arguments[0] << ": " << error.what() << "\n";
    return 1;
  }
}
