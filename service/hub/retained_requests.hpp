#pragma once

// The requests for retained messages that have not been answered, in the order in which they came.

#include "service/hub/retained_sets.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class RetainedRequests {
 public:
  using Ticket = std::uint64_t;  // later ones are greater
  using Done = std::move_only_function<void(const RetainedSet&)>;
  struct Request {
    const void* owner;
    std::vector<std::string> filters;
    Done done;
    std::size_t weight;
  };
  // The requests before `end`.
  struct Batch {
    std::vector<std::string> filters;  // distinct
    Ticket end = 0;
  };

  Ticket add(const void* owner, std::vector<std::string> filters, Done done);
  // No effect on what is not here any more.
  void cancel(Ticket ticket);
  // Cancels all of the owner's.
  void forget(const void* owner);

  bool empty() const { return requests_.empty(); }
  bool any_before(Ticket end) const { return !empty() && requests_.begin()->first < end; }
  // What they hold.
  std::size_t bytes() const { return bytes_; }

  // Those in front whose filters together are no more than `max_filters`, but at least one request.
  Batch front(std::size_t max_filters) const;
  std::vector<Request> take_before(Ticket end);

 private:
  std::map<Ticket, Request> requests_;
  std::set<std::pair<const void*, Ticket>> by_owner_;
  Ticket last_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::hub
