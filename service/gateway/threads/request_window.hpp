#pragma once

// How much a loop may read of one client's requests before the session has taken them: so that a session which lets
// its client wait is soon read for no more, though it is on another loop. Pure; both ends count the same.
//
// Nothing is told for each request. The session's end pays back what has come when that is half the window, unless it
// has paused; the socket's end stops reading when the window is used up.

#include "service/gateway/requests.hpp"

#include <cstdint>

namespace lobbyd::gateway {

class RequestWindow {
 public:
  static constexpr std::uint64_t size = 64U << 10U;

  // A frame's: its bytes, and what its requests take once they are read.
  static std::uint64_t cost(const Requests& requests) { return requests.bytes + 256 * requests.requests.size(); }

  void use(std::uint64_t cost) { used_ += cost; }
  // `paid`: of all that has been used, from the beginning.
  void pay(std::uint64_t paid) { paid_ = paid; }
  bool is_used_up() const { return used_ - paid_ >= size; }
  bool is_payment_due() const { return used_ - paid_ >= size / 2; }
  std::uint64_t pay_all() { return paid_ = used_; }

 private:
  std::uint64_t used_ = 0;
  std::uint64_t paid_ = 0;
};

}  // namespace lobbyd::gateway
