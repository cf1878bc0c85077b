#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace lobbyd::integration {

/// How a WebSocket ended: the close frame's code and reason, or 1006 when the connection ended without one
/// (RFC 6455 §7.4.1).
struct Closing {
  std::uint16_t code = 1006;
  std::string reason;

  bool operator==(const Closing&) const = default;
};

inline void PrintTo(const Closing& closing, std::ostream* stream) {
  *stream << closing.code << " \"" << closing.reason << '"';
}

}  // namespace lobbyd::integration
