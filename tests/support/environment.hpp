#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace lobbyd::integration {

/// What an environment variable says; throws where it is no number.
inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace lobbyd::integration
