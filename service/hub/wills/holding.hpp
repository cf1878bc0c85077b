#pragma once

// What a daemon holds for one client: one that is here, or was.

#include "service/hub/wills/entry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace lobbyd::hub {

// From `marking` on the wills leave, whatever comes: the mark in the broker's order is the moment in which the client
// is gone for all. Who claims the client behind it waits until the entry is emptied.
//
//     served ──▶ waiting ──▶ marking ──▶ marked ──▶ publishing ──▶ (emptied)
//       │           (the delay)   (the mark's way)
//       └──────▶ releasing ──▶ (emptied)
struct Holding {
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Stage : std::uint8_t { served, waiting, marking, marked, publishing, releasing };

  Stage stage = Stage::served;
  WillEntry entry;          // as it shall stand in the broker
  std::uint64_t since = 0;  // `at` of the connection's first claim
  bool written = false;     // perhaps the broker has it
  bool known = false;       // the claim has stood there: all who listen know it
  bool stands = false;      // and nothing has taken its place since
  bool stood = false;       // so it was when the link was lost
  bool adopted = false;     // its owner has died: the client was never here
  // Whose mark stood before the claim: its emptying is awaited, at most until then.
  std::optional<Owner> mourner;
  TimePoint mourned_until;
  bool unsure = false;                    // the link was lost with the mark on its way
  TimePoint sure_from;                    // then it is waited for others to say that the claim did not stand any more
  std::optional<std::uint64_t> released;  // `at` of the claim that is released, and whoever asked for that waits
  TimePoint lost;                         // the delays run from then on
  std::size_t counted = 0;                // bytes, among those of the clients that were lost
  std::unique_ptr<Holding> next;          // marked, publishing: the client has come back meanwhile
};

}  // namespace lobbyd::hub
