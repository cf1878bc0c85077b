#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace lobbyd::upstream {

// The bytes that came from a socket and are not used up yet. Its size is `normal_size` and more only while a packet
// that is larger arrives; since it doubles only when it is more than half full, what a peer merely announces costs
// nothing.
class ReadBuffer {
 public:
  static constexpr std::size_t normal_size = 64U << 10U;

  explicit ReadBuffer(std::size_t maximum_size);

  // Where the next read goes; empty when the maximum is reached and nothing was used up.
  std::span<char> writable();
  void written(std::size_t bytes) { filled_ += bytes; }

  std::string_view readable() const { return {bytes_.data(), filled_}; }
  // The first `bytes` are done with; the rest moves to the front.
  void consume(std::size_t bytes);

  std::size_t capacity() const { return bytes_.size(); }

 private:
  std::size_t maximum_size_;
  std::vector<char> bytes_;
  std::size_t filled_ = 0;
};

}  // namespace lobbyd::upstream
