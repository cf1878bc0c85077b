#pragma once

// Which daemons live. Pure; time is a parameter.
//
// A daemon whose MQTT will came, or whose record is all that is known of it, is *suspected* and asked; only silence for
// a while is death. Death is for ever: what lives has a greater epoch.
//
//     record, answer                 gone, or just connected             silence, or another found it dead
//     ──────────────▶ alive ───────────────────────────▶ suspected ──────────────────────────▶ dead
//                       ▲                                   │
//                       └────────── record, answer ─────────┘

#include "service/hub/wills/entry.hpp"
#include "service/hub/wills/instance_record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class Instances {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  class Port {
   public:
    virtual void ask(const std::string& instance) = 0;
    // It was silent, or does not know yet that it was. It is dead when that comes back as its record.
    virtual void declare_dead(const Owner& owner, TimePoint now) = 0;
    // What it owned, in an epoch that has ended, is nobody's now.
    virtual void on_death(const std::string& instance, TimePoint now) = 0;

   protected:
    ~Port() = default;
  };
  struct Times {
    std::chrono::milliseconds grace;     // silence is death
    std::chrono::milliseconds patience;  // the same after one's own connection was made: others may be on their way
  };
  static constexpr std::size_t most_instances = 1000;

  Instances(Owner self, Times times, Port& port);

  void set_epoch(std::uint64_t epoch) { self_.epoch = epoch; }

  // All that is known from here on is what comes now; of those that have died, when.
  void begin_anew();
  // `live`: it has just been written, and was not kept from before. Not for this daemon's own.
  void on_record(std::string_view instance, const InstanceRecord& record, bool live, TimePoint now);
  void on_record_deleted(std::string_view instance);
  void on_gone(std::string_view instance, TimePoint now);
  void on_life_sign(std::string_view instance, std::uint64_t epoch, TimePoint now);
  // There is an entry of that owner.
  void on_owner(const Owner& owner, TimePoint now);
  // The former runs of this daemon have ended, and their delays run from then on.
  void set_own_death(TimePoint time) { own_death_ = time; }

  bool is_dead(const Owner& owner) const;
  // Neither that nor suspected. Not for this daemon's own.
  bool is_alive(const Owner& owner) const;
  // From when on the delays of what it owned run. Of a dead one.
  TimePoint died_at(const std::string& instance) const;
  // This daemon is among them. Views into the names kept here.
  std::vector<std::string_view> living() const;
  // Those that are dead since before `time`, without a living successor.
  std::vector<std::string> dead_since(TimePoint time) const;

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  enum class State : std::uint8_t { alive, suspected, dead };
  struct Known {
    std::uint64_t epoch = 0;
    State state = State::alive;
    TimePoint dead_at;   // suspected: unless a sign of life comes
    TimePoint next_ask;  // suspected
    TimePoint died;      // the last time that one of its epochs ended
  };

  Known* find(std::string_view instance, std::uint64_t epoch, TimePoint now);
  Known* find_living(std::string_view instance, std::uint64_t epoch, TimePoint now);
  void suspect(const std::string& name, Known& known, std::chrono::milliseconds patience, TimePoint now);
  void die(const std::string& name, Known& known, TimePoint died, TimePoint now);

  Owner self_;
  Times times_;
  Port& port_;
  TimePoint own_death_;
  std::map<std::string, Known, std::less<>> known_;
  std::set<std::string, std::less<>> gone_;  // on this link, before anything else was known of them
};

}  // namespace lobbyd::hub
