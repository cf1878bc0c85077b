#pragma once

// Retained messages on their way to the broker, a few at a time: brokers bound what may wait for a connection that
// listens (Mosquitto: 20 in flight and 1,000 more), and every daemon listens to all of them. Each is confirmed by its
// coming back, in the broker's order with what others wrote. Pure; time is a parameter.

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lobbyd::hub {

class Outgoing {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  // False where there is no room at the moment.
  using Send = std::move_only_function<bool(const std::string& topic, const std::string& text)>;

  static constexpr std::size_t window = 16;
  static constexpr std::chrono::seconds lost_after{5};

  explicit Outgoing(Send send) : send_(std::move(send)) {}

  // Empty text deletes. Takes the place of what waits to be written to the same topic.
  void write(const std::string& topic, std::string text, TimePoint now);
  // What waits to be written to the topic is not written.
  void cancel(std::string_view topic);
  // Whether something is on its way to the topic.
  bool busy(std::string_view topic) const;
  bool idle() const { return texts_ == 0 && on_the_way_.empty(); }

  // A message came. True where it is one of these.
  bool take(std::string_view topic, std::string_view text, TimePoint now);

  // All is forgotten.
  void clear();

  std::optional<TimePoint> next_timeout() const;
  // The topics of those that have not come back in time, and are forgotten.
  std::vector<std::string> handle_timeout(TimePoint now);

 private:
  struct OnTheWay {
    std::string topic;
    std::string text;
    TimePoint since;
  };

  void pump(TimePoint now);

  Send send_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::deque<std::string> order_;  // topics that wait, each once
  // Their texts; none where it was cancelled.
  std::unordered_map<std::string, std::optional<std::string>, Hash, std::equal_to<>> waiting_;
  std::size_t texts_ = 0;
  std::list<OnTheWay> on_the_way_;  // in the order of sending
  std::optional<TimePoint> retry_;  // when there was no room
};

}  // namespace lobbyd::hub
