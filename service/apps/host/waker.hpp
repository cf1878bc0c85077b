#pragma once

#include "service/apps/moment.hpp"

namespace lobbyd::apps {

// Has `handle_timeout` called of whoever it belongs to, at that time or soon after it; perhaps earlier, too.
class Waker {
 public:
  virtual void wake_at(Moment::TimePoint time) = 0;

 protected:
  ~Waker() = default;
};

}  // namespace lobbyd::apps
