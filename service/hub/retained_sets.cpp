#include "service/hub/retained_sets.hpp"

#include "service/hub/topic_tree.hpp"

#include <unordered_set>

namespace lobbyd::hub {

RetainedSets::RetainedSets(const std::vector<std::string>& filters, const std::vector<MessagePtr>& copies,
                           const Refusals& refused, api::Completeness complete) {
  TopicTree<RetainedReader::Set*> tree;
  for (const std::string& filter : filters) {
    RetainedReader::Set& set = by_filter_[filter];
    set.complete = complete;
    if (const auto found = refused.find(filter); found != refused.end()) {
      set.refused = found->second;
    }
    tree.insert(filter, &set);
  }
  std::vector<RetainedReader::Set*> matched;
  for (const MessagePtr& copy : copies) {
    matched.clear();
    tree.match(copy->topic(), matched);
    for (RetainedReader::Set* set : matched) {
      set->messages.push_back(copy);
    }
  }
}

const RetainedReader::Set& RetainedSets::of(const std::vector<std::string>& filters) {
  if (filters.size() == 1) {
    return by_filter_.at(filters.front());
  }
  joined_ = {};
  std::unordered_set<const Message*> seen;
  for (const std::string& filter : filters) {
    const RetainedReader::Set& set = by_filter_.at(filter);
    joined_.complete = set.complete;
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
