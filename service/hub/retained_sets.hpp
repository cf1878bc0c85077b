#pragma once

// What one read of retained messages gives each of those who asked: the copies that match its filters. A set is
// made once for each filter, however many share it.

#include "protocol/api/results.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/hub/closed_names.hpp"
#include "service/hub/message.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

struct RetainedSet {
  std::vector<MessagePtr> messages;  // one for each topic, in the order of arrival
  api::Completeness complete = api::Completeness::exact;
  std::optional<mqtt::ReasonCode> refused;  // by the broker, where it refused one of the filters
};

// What a read brought.
struct RetainedCopies {
  std::vector<MessagePtr> messages;  // one for each topic
  api::Completeness complete = api::Completeness::exact;
  std::set<std::string, std::less<>> cut;  // filters whose own sets are truncated
  std::map<std::string, mqtt::ReasonCode, std::less<>> refused;
};

class RetainedSets {
 public:
  // Copies of closed topics are for filters alone that match nothing else, as with "$SYS/" (MQTT5 §4.7.2).
  RetainedSets(const std::vector<std::string>& filters, const RetainedCopies& copies, const ClosedNames& closed);

  // For the filters of one request, each topic once. Valid until the next call.
  const RetainedSet& of(const std::vector<std::string>& filters);

 private:
  std::map<std::string, RetainedSet, std::less<>> by_filter_;
  RetainedSet joined_;
};

}  // namespace lobbyd::hub
