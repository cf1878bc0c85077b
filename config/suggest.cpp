#include "config/suggest.hpp"

#include <algorithm>
#include <vector>

namespace lobbyd::config {

namespace {

/// Longer names are no slips of the pen; the bound keeps the quadratic comparison cheap.
constexpr std::size_t longest_compared = 64;

std::string_view last_part(std::string_view name, char separator) {
  const std::size_t at = name.rfind(separator);
  return at == std::string_view::npos ? name : name.substr(at + 1);
}

std::size_t tolerated_distance(std::string_view name) {
  return std::clamp<std::size_t>(name.size() / 4, 1, 3);
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::vector<std::size_t>> distance(left.size() + 1, std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = 0; i <= left.size(); ++i) {
    for (std::size_t j = 0; j <= right.size(); ++j) {
      if (i == 0 || j == 0) {
        distance[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = distance[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[left.size()][right.size()];
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string> candidates, char separator) {
  if (wrong.size() > longest_compared) {
    return {};
  }
  const std::string* best = nullptr;
  std::size_t best_distance = tolerated_distance(wrong) + 1;
  for (const std::string& candidate : candidates) {
    const bool same_last_part = last_part(candidate, separator) == last_part(wrong, separator);
    const std::size_t distance =
        std::min(edit_distance(wrong, candidate), same_last_part ? tolerated_distance(wrong) : best_distance);
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? std::string() : "; did you mean " + *best + "?";
}

}  // namespace lobbyd::config
