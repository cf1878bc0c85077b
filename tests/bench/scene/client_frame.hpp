#pragma once

#include "protocol/websocket/frame.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lobbyd::bench {

using MaskingKey = std::array<char, 4>;
inline constexpr MaskingKey some_key{'\x37', '\xFA', '\x21', '\x3D'};

// A text frame as a client sends it, masked. Its payload has 126 bytes or more, and less than 65,536.
inline std::string client_frame(std::string_view payload, const MaskingKey& key = some_key) {
  constexpr char masked_with_16_bits = '\xFE';
  std::string frame{'\x81', masked_with_16_bits, static_cast<char>(payload.size() >> 8U),
                    static_cast<char>(payload.size() & 0xFFU)};
  frame.append(key.data(), key.size());
  const std::size_t begin = frame.size();
  frame.append(payload);
  websocket::apply_mask(std::span(frame).subspan(begin), key, 0);
  return frame;
}

}  // namespace lobbyd::bench
