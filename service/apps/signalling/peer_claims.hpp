#pragma once

// Who holds which peer id, settled the same way on every instance. Pure; time is a parameter.
//
// A claim is a record that is published, retained, and comes back to all. Where the broker has one order of all
// messages the first claim wins, at once: who claims after it sees it first. Where it has none (clusters), claims are
// seen in different orders, so that of the smallest time and instance wins, once all have had the time to come. The
// holder writes its record again where a claim that has lost stands in its place.

#include "service/apps/signalling/signal_records.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::apps {

class PeerClaims {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Order : std::uint8_t { broker, time };
  // In which all claims to an id that were made at the same time have come, where the broker has no order.
  static constexpr std::chrono::milliseconds settling{500};
  // Others may claim as many as they like; so many are kept.
  static constexpr std::size_t most = 8'192;

  struct Holder {
    PeerRecord record;
    std::uint64_t number = 0;  // counts the holders as they came
    bool settled = false;
    TimePoint settles;
    bool doubted = false;  // it may not stay, as it seems: settled if it does all the same
    // Where there is no order: the last claim that was refused, and until when it is of interest. Perhaps the holder
    // had gone before it was made.
    std::optional<PeerRecord> next = std::nullopt;
    TimePoint next_until = {};
    std::optional<TimePoint> lost = std::nullopt;  // its record was cleared; unless it is written again until then
  };
  enum class Result : std::uint8_t {
    refused,   // there is another holder
    updated,   // the holder's record has changed
    held,      // it is the holder of a free id
    replaced,  // it is the holder, and another was it before
    full,
  };

  explicit PeerClaims(Order order) : order_(order) {}

  // `read`: it is what the broker keeps, whatever came before.
  Result put(PeerId id, const PeerRecord& record, bool read, TimePoint now);
  void free(PeerId id) { holders_.erase(id); }
  // Its own instance may be about to clear it.
  void doubt(Holder& holder, TimePoint until);

  Holder* find(PeerId id);
  const Holder* find(PeerId id) const;
  // Whether a claim to the id may still become its holder, seen that there is one.
  bool may_win(const PeerRecord& claim, const Holder& holder) const;
  // Whether the other came before the holder, for all instances.
  bool came_before(const Holder& other, const Holder& holder) const;

  std::optional<TimePoint> next_timeout() const;
  // The next one that is settled from now on. One by one: who is settled may unsettle another.
  std::optional<PeerId> take_settled(TimePoint now);
  // Those that are lost for good.
  std::vector<PeerId> lost(TimePoint now) const;

  std::size_t size() const { return holders_.size(); }
  auto begin() { return holders_.begin(); }
  auto end() { return holders_.end(); }
  auto begin() const { return holders_.begin(); }
  auto end() const { return holders_.end(); }

 private:
  bool takes_place(const PeerRecord& claim, const Holder& holder) const;

  Order order_;
  std::map<PeerId, Holder> holders_;
  std::uint64_t numbers_ = 0;
};

}  // namespace lobbyd::apps
