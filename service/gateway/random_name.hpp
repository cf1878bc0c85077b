#pragma once

#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace lobbyd::gateway {

// In hexadecimal. 128 bits are more than anybody can guess.
template <std::size_t bits>
std::string random_name() {
  std::array<unsigned char, bits / 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system gives no random numbers");
  }
  std::string name;
  name.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    name += "0123456789abcdef"[byte >> 4U];
    name += "0123456789abcdef"[byte & 0xFU];
  }
  return name;
}

}  // namespace lobbyd::gateway
