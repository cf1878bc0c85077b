#include "protocol/mqtt/secret.hpp"

#include <algorithm>
#include <functional>
#include <random>

namespace lobbyd::mqtt {
namespace {

std::string exclusive_or(std::string_view one, std::string_view other) {
  std::string result(one.size(), '\0');
  std::ranges::transform(one, other, result.begin(), std::bit_xor<char>());
  return result;
}

std::string random_bytes(std::size_t count) {
  std::random_device device;
  std::string bytes(count, '\0');
  std::ranges::generate(bytes, [&device] { return static_cast<char>(device() & 0xFFU); });
  return bytes;
}

}  // namespace

Secret::Secret(std::string_view clear) : mask_(random_bytes(clear.size())), masked_(exclusive_or(clear, mask_)) {}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(mask_);
    mask_ = other.mask_;
    masked_ = other.masked_;
  }
  return *this;
}

Secret::~Secret() {
  wipe(mask_);
}

std::string Secret::reveal() const {
  return exclusive_or(masked_, mask_);
}

void wipe(std::string& text) {
  volatile char* bytes = text.data();
  for (std::size_t index = 0; index < text.size(); ++index) {
    bytes[index] = 0;
  }
  text.clear();
}

}  // namespace lobbyd::mqtt
