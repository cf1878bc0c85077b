#pragma once

#include "config/value.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace lobbyd::config {

/// Where a setting was found; the members have the meaning that they have in Problem.
struct Origin {
  std::string source;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string spelling;  ///< "limits.max_qos", "LOBBYD_LIMITS_MAX_QOS", "--listen"
};

/// [name], which may be empty.
struct SectionHeader {};

/// [[name]]; the keys of this table follow as "name.key".
struct TableArray {};

/// Something that no key takes, in words: "a date", "\"abc\"".
struct Unfit {
  std::string what;
};

/// One thing that one source says, not yet held against the schema.
struct Setting {
  std::string path;
  std::variant<Value, SectionHeader, TableArray, Unfit> content;
  Origin origin;
};

}  // namespace lobbyd::config
