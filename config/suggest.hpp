#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lobbyd::config {

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour to make one text of the other
/// (optimal string alignment).
std::size_t edit_distance(std::string_view left, std::string_view right);

/// "; did you mean NAME?" with the candidate that `wrong` is most probably a slip for, or an empty text. A candidate
/// whose last part (after the last `separator`) is the same counts as close: the section was forgotten or mixed up.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates, char separator);

}  // namespace lobbyd::config
