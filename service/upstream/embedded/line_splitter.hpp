#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

// Cuts a stream of bytes into lines. A line longer than `limit` bytes is handed on in pieces of that size.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}

  // Calls take_line(std::string_view) for each complete line, without its end; empty lines are skipped.
  template <typename TakeLine>
  void feed(std::string_view bytes, const TakeLine& take_line) {
    for (const char c : bytes) {
      if (c != '\n' && c != '\r') partial_ += c;
      if (c == '\n' || partial_.size() >= limit_) flush(take_line);
    }
  }

  // For the end of the stream: hands on what stands there without a line end.
  template <typename TakeLine>
  void flush(const TakeLine& take_line) {
    if (!partial_.empty()) take_line(std::string_view(partial_));
    partial_.clear();
  }

 private:
  std::size_t limit_;
  std::string partial_;
};

}  // namespace lobbyd::upstream
