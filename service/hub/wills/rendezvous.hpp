#pragma once

// Who sees to a client of a daemon that has died: every daemon makes the same order of all, without asking (highest
// random weight).

#include <cstddef>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

// How many of `living` come before `self` in the client's order; `first`, where it is among them, comes before all.
std::size_t rank_of(std::string_view self, const std::vector<std::string_view>& living, std::string_view client,
                    std::string_view first);

}  // namespace lobbyd::hub
