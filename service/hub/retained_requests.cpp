#include "service/hub/retained_requests.hpp"

#include <string_view>
#include <unordered_set>

namespace lobbyd::hub {

namespace {

// What a request, and a filter besides its text, cost.
constexpr std::size_t request_bytes = 256;
constexpr std::size_t filter_bytes = 64;

std::size_t weight_of(const std::vector<std::string>& filters) {
  std::size_t weight = request_bytes;
  for (const std::string& filter : filters) {
    weight += filter_bytes + filter.size();
  }
  return weight;
}

}  // namespace

RetainedRequests::Ticket RetainedRequests::add(const void* owner, std::vector<std::string> filters, Done done) {
  const std::size_t weight = weight_of(filters);
  bytes_ += weight;
  by_owner_.emplace(owner, ++last_);
  requests_.emplace(last_, Request{owner, std::move(filters), std::move(done), weight});
  return last_;
}

void RetainedRequests::cancel(Ticket ticket) {
  // What `done` holds may ask for more when it goes: it goes last.
  if (const auto request = requests_.extract(ticket)) {
    bytes_ -= request.mapped().weight;
    by_owner_.erase({request.mapped().owner, ticket});
  }
}

void RetainedRequests::forget(const void* owner) {
  for (auto own = by_owner_.lower_bound({owner, 0}); own != by_owner_.end() && own->first == owner;
       own = by_owner_.lower_bound({owner, 0})) {
    cancel(own->second);
  }
}

RetainedRequests::Batch RetainedRequests::front(std::size_t max_filters) const {
  Batch batch;
  std::unordered_set<std::string_view> distinct;
  for (const auto& [ticket, request] : requests_) {
    if (batch.end != 0 && distinct.size() + request.filters.size() > max_filters) {
      break;
    }
    for (const std::string& filter : request.filters) {
      if (distinct.insert(filter).second) {
        batch.filters.push_back(filter);
      }
    }
    batch.end = ticket + 1;
  }
  return batch;
}

std::vector<RetainedRequests::Request> RetainedRequests::take_before(Ticket end) {
  std::vector<Request> taken;
  while (any_before(end)) {
    auto node = requests_.extract(requests_.begin());
    bytes_ -= node.mapped().weight;
    by_owner_.erase({node.mapped().owner, node.key()});
    taken.push_back(std::move(node.mapped()));
  }
  return taken;
}

}  // namespace lobbyd::hub
