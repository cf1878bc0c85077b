#pragma once

#include <chrono>
#include <functional>

namespace lobbyd::upstream {

// Each call gives a number in [0, 1).
using Random = std::function<double()>;

// Numbers that differ from process to process, so that daemons that lost one broker do not come back in step.
// Not for secrets. One thread at a time.
Random make_random();

// How long to wait before the next attempt: exponential, with full jitter (each wait is drawn evenly from zero to a
// ceiling that doubles), which spreads a herd best.
class Backoff {
 public:
  struct Limits {
    std::chrono::milliseconds initial{100};     // the first ceiling
    std::chrono::milliseconds maximum{10'000};  // the last ceiling: a broker that is back is found soon
    // Bounds of the wait after a refusal that cannot mend itself: bad credentials, an unacceptable client id.
    std::chrono::milliseconds refused_minimum{30'000};
    std::chrono::milliseconds refused_maximum{60'000};
  };

  Backoff(Limits limits, Random random);

  // The wait before the next attempt after a failure that may pass; doubles the ceiling.
  std::chrono::milliseconds next();

  // The wait after a refusal that only a person can mend; leaves the ceiling as it is.
  std::chrono::milliseconds next_after_refusal();

  // To be called when an attempt has succeeded for good.
  void reset();

 private:
  Limits limits_;
  Random random_;
  std::chrono::milliseconds ceiling_;
};

}  // namespace lobbyd::upstream
