#pragma once

// Connections that take one client id over from each other, again and again: two players with one name, or a page that
// is open twice. Each has to wait longer than the one before. Pure; time is a parameter.

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

namespace lobbyd::gateway {

class Rivals {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static constexpr std::size_t most = 10'000;  // client ids; further ones do not wait
  static constexpr unsigned tolerated = 5;     // of them none waits
  // Without a takeover for so long, beyond the wait itself, all is forgotten: rivals come back soon, and who merely
  // changes networks does not.
  static constexpr std::chrono::seconds memory{15};
  static constexpr std::chrono::milliseconds first_wait{500};
  static constexpr std::chrono::milliseconds longest_wait{30'000};

  // A connection of this client was taken over by another one.
  void note(const std::string& client_id, TimePoint now);
  // How long one that comes now has to wait.
  std::chrono::milliseconds wait(const std::string& client_id, TimePoint now) const;

 private:
  struct Rivalry {
    unsigned takeovers = 0;
    TimePoint last;

    std::chrono::milliseconds wait() const;
    bool is_over(TimePoint now) const { return now - last >= memory + wait(); }
  };

  std::unordered_map<std::string, Rivalry> rivalries_;
};

}  // namespace lobbyd::gateway
