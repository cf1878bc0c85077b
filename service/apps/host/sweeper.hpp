#pragma once

// Finds what instances have left in rooms that have been gone for an hour: their rings of messages, their members. One
// loop.
//
// Nobody keeps the time of an end. It is an hour from when this instance has first missed the record of one that was
// alive; and once, an hour after its own start, all count that are not there. Then the rooms are looked through.
// Several instances may do it at once, and do no harm.

#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace lobbyd::apps {

class Sweeper {
 public:
  using Names = std::set<std::string, std::less<>>;
  // These instances are gone, and have left something in these rooms. False where it did not take all of them.
  using Sweep = std::function<bool(const Names& gone, const Names& rooms)>;

  static constexpr std::chrono::minutes interval{10};
  static constexpr std::chrono::hours patience{1};

  Sweeper(Context& context, Sweep sweep);
  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;
  ~Sweeper() = default;

  Moment::TimePoint next_timeout() const { return next_look_; }
  void handle_timeout(Moment::TimePoint now);

 private:
  void take_records(const hub::RetainedResult& result);
  void look_through_rooms(bool all);
  bool is_gone(std::string_view instance, bool all) const;

  Context& context_;
  Sweep sweep_;
  Moment::TimePoint started_;
  Moment::TimePoint next_look_;
  bool looked_at_all_ = false;
  Names alive_;
  std::map<std::string, Moment::TimePoint, std::less<>> missed_since_;
  Feed feed_;
};

}  // namespace lobbyd::apps
