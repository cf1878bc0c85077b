#include "service/upstream/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace lobbyd::upstream {

ReadBuffer::ReadBuffer(std::size_t maximum_size)
    : maximum_size_(std::max(maximum_size, normal_size)), bytes_(normal_size) {}

std::span<char> ReadBuffer::writable() {
  if (filled_ > bytes_.size() / 2 && bytes_.size() < maximum_size_) {
    bytes_.resize(std::min(bytes_.size() * 2, maximum_size_));
  }
  return std::span(bytes_).subspan(filled_);
}

void ReadBuffer::consume(std::size_t bytes) {
  filled_ -= bytes;
  if (filled_ > 0 && bytes > 0) {
    std::memmove(bytes_.data(), bytes_.data() + bytes, filled_);
  }
  if (bytes_.size() > normal_size && filled_ <= normal_size / 2) {
    bytes_.resize(normal_size);
    bytes_.shrink_to_fit();
  }
}

}  // namespace lobbyd::upstream
