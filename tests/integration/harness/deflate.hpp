#pragma once

#include <string>
#include <string_view>

namespace lobbyd::integration {

/// A message's payload as permessage-deflate has it (RFC 7692 §7.2.1).
std::string deflated(std::string_view message);
/// What such a payload decompresses to, by a client with this window; throws std::runtime_error where it is none.
std::string inflated(std::string_view payload, int window_bits = 15);

}  // namespace lobbyd::integration
