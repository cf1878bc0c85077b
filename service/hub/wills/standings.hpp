#pragma once

// The entries of all clients, as every daemon sees them that has heard the same in the same order. It may differ for a
// moment from what the broker keeps: what had no right to another's place is put right by whoever it was taken from,
// or by whoever took it. Pure.

#include "service/hub/wills/entry.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace lobbyd::hub {

struct Standing {
  WillEntry entry;   // but for its wills
  std::string text;  // all of it
  // Whose mark stood before the claim, and has not been emptied: it is about to publish, or has.
  std::optional<Owner> mourner;
};

// Whether `entry` rightly takes the place of `present`, which may be none.
//
// A later claim does. The mark of one who is about to publish does only where the very claim that it marks stands, or
// another mark of it; it is the owner's own, or its owner has died.
bool takes_place(const WillEntry& entry, const WillEntry* present, bool present_is_dead);

class Standings {
 public:
  struct Limits {
    std::size_t entries = 200'000;
    std::size_t bytes = 64U << 20U;
  };

  Standings() : Standings(Limits{}) {}
  explicit Standings(Limits limits) : limits_(limits) {}

  const Standing* find(std::string_view client) const;
  // Takes the client's place. False, and the entry is left out, where there are too many.
  bool put(std::string_view client, WillEntry entry, std::string_view text);
  void erase(std::string_view client);
  void clear();

  auto begin() const { return standings_.begin(); }
  auto end() const { return standings_.end(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::optional<Owner> mourner_before(std::string_view client, const WillEntry& entry) const;
  static std::size_t weight(std::string_view client, const Standing& standing);

  Limits limits_;
  std::unordered_map<std::string, Standing, Hash, std::equal_to<>> standings_;
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::hub
