#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

// The last few lines of an output, to explain an end.
class RecentLines {
 public:
  explicit RecentLines(std::size_t limit) : limit_(limit) {}

  void add(std::string_view line) {
    if (lines_.size() == limit_) lines_.pop_front();
    lines_.emplace_back(line);
  }

  void clear() { lines_.clear(); }

  // "none" if there are none.
  std::string joined() const {
    std::string text;
    for (const auto& line : lines_) text.append(text.empty() ? "" : " | ").append(line);
    return text.empty() ? "none" : text;
  }

 private:
  std::size_t limit_;
  std::deque<std::string> lines_;
};

}  // namespace lobbyd::upstream
