#pragma once

#include <string>
#include <string_view>

namespace lobbyd::integration {

/// RFC 4648 §4, padded. The tests have their own, so that an error in the daemon's cannot hide itself.
std::string to_base64(std::string_view bytes);

/// Throws std::invalid_argument for anything but canonical base64.
std::string from_base64(std::string_view text);

}  // namespace lobbyd::integration
