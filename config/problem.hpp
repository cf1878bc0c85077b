#pragma once

#include <cstdint>
#include <string>

namespace lobbyd::config {

/// One thing that is wrong with the configuration, in words for the operator.
struct Problem {
  std::string source;        ///< the file's path, "environment" or "command line"
  std::uint32_t line = 0;    ///< from 1; 0: not known, or not a file
  std::uint32_t column = 0;  ///< likewise
  std::string key;           ///< as its source spells it: limits.max_qos, LOBBYD_LIMITS_MAX_QOS, --listen; may be empty
  std::string message;       ///< what is wrong and what would be right

  bool operator==(const Problem&) const = default;
};

/// "lobbyd.toml:12: limits.max_qos: must be 0, 1 or 2, not 7"
std::string to_string(const Problem& problem);

}  // namespace lobbyd::config
