#include "service/hub/retained_sets.hpp"

#include "service/hub/topic_tree.hpp"

#include <algorithm>
#include <unordered_set>

namespace lobbyd::hub {

RetainedSets::RetainedSets(const std::vector<std::string>& filters, const RetainedCopies& copies,
                           const ClosedNames& closed) {
  struct Target {
    RetainedSet* set;
    bool closed;
  };
  TopicTree<Target> tree;
  for (const std::string& filter : filters) {
    RetainedSet& set = by_filter_[filter];
    set.complete = copies.cut.contains(filter) ? api::Completeness::truncated : copies.complete;
    if (const auto found = copies.refused.find(filter); found != copies.refused.end()) {
      set.refused = found->second;
    }
    tree.insert(filter, {&set, closed.has_filter(filter)});
  }
  std::vector<Target> matched;
  for (const MessagePtr& copy : copies.messages) {
    matched.clear();
    tree.match(copy->topic(), matched);
    for (const Target& target : matched) {
      if (target.closed || !closed.has_topic(copy->topic())) {
        target.set->messages.push_back(copy);
      }
    }
  }
}

const RetainedSet& RetainedSets::of(const std::vector<std::string>& filters) {
  if (filters.size() == 1) {
    return by_filter_.at(filters.front());
  }
  joined_ = {};
  std::unordered_set<const Message*> seen;
  for (const std::string& filter : filters) {
    const RetainedSet& set = by_filter_.at(filter);
    joined_.complete = std::max(joined_.complete, set.complete);
    if (set.refused) {
      joined_.refused = set.refused;
    }
    for (const MessagePtr& copy : set.messages) {
      if (seen.insert(copy.get()).second) {
        joined_.messages.push_back(copy);
      }
    }
  }
  return joined_;
}

}  // namespace lobbyd::hub
