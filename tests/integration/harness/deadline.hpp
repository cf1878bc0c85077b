#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

namespace lobbyd::integration {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// Thrown by every wait of the harness whose deadline has passed; what() says what was awaited and what came instead.
class DeadlineExceeded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `duration` times LOBBYD_TEST_TIMEOUT_FACTOR (default 1): sanitizers and busy machines need longer deadlines. Only
/// for deadlines; a duration that the test is about (a will's delay) is never scaled.
std::chrono::milliseconds scaled(std::chrono::milliseconds duration);

Deadline deadline_in(std::chrono::milliseconds duration);

/// The deadline of a wait that has no reason to choose its own: ten seconds, scaled.
Deadline default_deadline();

/// Milliseconds until `deadline`, not below 0, as poll(2) takes them.
int remaining_ms(Deadline deadline);

/// Asks `predicate` again and again until it holds, or the deadline has passed (false). For states that announce
/// themselves by no event which a test could wait for, such as a file's content.
bool eventually(const std::function<bool()>& predicate, Deadline deadline = default_deadline());

}  // namespace lobbyd::integration
