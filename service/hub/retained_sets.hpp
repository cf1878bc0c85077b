#pragma once

// What one read of retained messages gives each of those who asked: the copies that match its filters. A set is
// made once for each filter, however many share it.

#include "service/hub/retained_reader.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class RetainedSets {
 public:
  using Refusals = std::map<std::string, mqtt::ReasonCode, std::less<>>;

  RetainedSets(const std::vector<std::string>& filters, const std::vector<MessagePtr>& copies, const Refusals& refused,
               api::Completeness complete);

  // For the filters of one request, each topic once. Valid until the next call.
  const RetainedReader::Set& of(const std::vector<std::string>& filters);

 private:
  std::map<std::string, RetainedReader::Set, std::less<>> by_filter_;
  RetainedReader::Set joined_;
};

}  // namespace lobbyd::hub
