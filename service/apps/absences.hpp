#pragma once

// Which of the topics that are known a reading of the retained messages did not bring: they have been cleared while
// nobody looked, or the broker has lost its memory and whoever owns them is about to write them again. Pure.

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class Absences {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  bool reading() const { return reading_; }
  void begin(std::set<std::string, std::less<>> known);
  // A message of the topic has come, read or live.
  void see(std::string_view topic);
  // Those that have not come.
  std::vector<std::string> end();

  // Those given back by `end` that may still come, all until the same time.
  void wait_for(std::vector<std::string> topics, TimePoint until);
  std::optional<TimePoint> next_timeout() const;
  // Those that did not.
  std::vector<std::string> take_due(TimePoint now);

 private:
  bool reading_ = false;
  std::set<std::string, std::less<>> unseen_;  // while reading: of the known ones; then: that may still come
  TimePoint until_;
};

}  // namespace lobbyd::apps
