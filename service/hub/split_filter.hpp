#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

// The filters that together cover what is known of `filter`'s matches: its first wildcard level replaced by each value
// that `topics` have there. Empty where the filter has no wildcard, or nothing was seen.
std::vector<std::string> split_filter(std::string_view filter, const std::vector<std::string_view>& topics);

}  // namespace lobbyd::hub
