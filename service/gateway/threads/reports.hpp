#pragma once

// What one turn of a loop has to tell the home loop of its connections, in order. Pure.

#include "service/gateway/outbox.hpp"
#include "service/gateway/requests.hpp"
#include "service/gateway/threads/orders.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::gateway {

class Reports {
 public:
  // The socket has taken something that the client is owed: what of all that was sent so far is left in the outbox.
  struct Progress {
    std::uint64_t taken;
  };
  struct Ended {};
  // Of the session of one that has ended; the answer to Orders::Return.
  struct Rest {
    std::unique_ptr<Outbox> session;
  };
  // The socket is closed.
  struct Gone {};
  struct Report {
    ConnectionSlot slot;
    std::variant<Requests, Progress, Outbox::Overflow, Ended, Rest, Gone> what;
  };

  template <class Any>
  void add(ConnectionSlot slot, Any what, std::uint64_t weight = 64) {
    weight_ += weight;
    reports_.push_back({slot, std::move(what)});
  }
  bool empty() const { return reports_.empty(); }
  std::size_t size() const { return reports_.size(); }
  // In bytes, roughly.
  std::uint64_t weight() const { return weight_; }
  std::vector<Report>& reports() { return reports_; }

 private:
  std::vector<Report> reports_;
  std::uint64_t weight_ = 0;
};

}  // namespace lobbyd::gateway
