#pragma once

// The compressors for clients: one for each window that clients take, made when it is first needed.

#include "protocol/websocket/deflate.hpp"

#include <map>

namespace lobbyd::gateway {

class Deflaters {
 public:
  explicit Deflaters(websocket::DeflateOptions options) : options_(options) {}

  // Stays where it is.
  websocket::Deflater& with_window(int bits) {
    options_.window_bits = bits;
    return deflaters_.try_emplace(bits, options_).first->second;
  }

 private:
  websocket::DeflateOptions options_;
  std::map<int, websocket::Deflater> deflaters_;
};

}  // namespace lobbyd::gateway
