#include "tests/integration/harness/deadline.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <thread>

namespace lobbyd::integration {
namespace {

double timeout_factor() {
  const char* text = std::getenv("LOBBYD_TEST_TIMEOUT_FACTOR");
  const double factor = text != nullptr ? std::atof(text) : 1.0;
  return factor > 0 ? factor : 1.0;
}

}  // namespace

std::chrono::milliseconds scaled(std::chrono::milliseconds duration) {
  static const double factor = timeout_factor();
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration * factor);
}

Deadline deadline_in(std::chrono::milliseconds duration) {
  return Clock::now() + duration;
}

Deadline default_deadline() {
  return deadline_in(scaled(std::chrono::seconds(10)));
}

int remaining_ms(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, std::numeric_limits<int>::max()));
}

bool eventually(const std::function<bool()>& predicate, Deadline deadline) {
  while (!predicate()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace lobbyd::integration
