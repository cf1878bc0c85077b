#pragma once

// How the clients' filters are held at the broker: each once, at the highest QoS that is asked for.
//
// Where the broker names filters by subscription identifiers, each filter is held as it is. Where it does not
// (MQTT 3.1.1, some brokers of MQTT 5), overlapping filters give way to covers (CoverPlan), and each shared filter
// is held on a lane on which no other filter overlaps it (SharedLanes).

#include "protocol/mqtt/types.hpp"
#include "service/hub/cover_plan.hpp"
#include "service/hub/filter.hpp"
#include "service/hub/shared_lanes.hpp"
#include "service/upstream/filter_lanes.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class UpstreamFilters {
 public:
  // The broker's answer: the granted QoS, or a reason of 0x80 and more.
  using Granted = std::move_only_function<void(mqtt::ReasonCode)>;

  explicit UpstreamFilters(upstream::FilterLanes& lanes) : lanes_(lanes), shared_lanes_(lanes) {}

  // The identifier by which copies for the filter are marked; the same until `unwant`.
  std::uint32_t enter(const std::string& text, const std::string& topic_filter, bool shared);
  // `granted` is called at once where the broker has granted as much already. Waits while the link is down. The filter
  // must have been entered; it is forgotten when the broker refuses it.
  void want(const std::string& text, mqtt::QoS qos, Granted granted);
  // Whoever waits still is told what it asked for: who gives a filter up need not learn what it would have got.
  void unwant(const std::string& text);

  // The subscription lane stands: what the broker can do is known now, and may have changed.
  void on_lane_up(const upstream::Capabilities& capabilities);

  // See CoverPlan. To be done now and then, not with each filter that goes: it may lead to a SUBSCRIBE for every
  // filter.
  bool may_narrow() const { return plan_.may_narrow(); }
  void narrow();

  // Whether all copies are marked with the filters that they are for.
  bool has_identifiers() const { return mode_ == Mode::identifiers; }
  // Where they are not: whether copies that come on `lane` may be for this filter.
  bool is_on(upstream::LaneId lane, const Filter& filter) const;

 private:
  enum class Mode : std::uint8_t { unknown, identifiers, covers };
  struct Grant {
    mqtt::QoS asked;
    mqtt::QoS granted;
  };
  struct Entry {
    std::string topic_filter;
    bool shared = false;
    std::uint32_t id = 0;
    mqtt::QoS asked = mqtt::QoS::at_most_once;
    std::optional<Grant> grant;            // what stands, while more may have been asked for
    std::optional<upstream::LaneId> lane;  // of a shared filter without identifiers
    std::uint64_t hold = 0;                // the last one, or 0: answers to earlier ones say nothing
    std::vector<Granted> waiting;          // for the answer to what is asked
  };
  using Entries = std::unordered_map<std::string, Entry>;
  // Given when all is in order: who gets one may call anything.
  using Answers = std::vector<std::pair<Granted, mqtt::ReasonCode>>;

  void place(Entries::iterator found, Answers& answers);
  void hold(upstream::LaneId lane, Entries::iterator found, std::uint32_t id);
  void leave_shared_lane(const std::string& text, Entry& entry);
  void carry_out(const CoverPlan::Changes& changes, Answers& answers,
                 mqtt::ReasonCode refusal = mqtt::ReasonCode::unspecified_error);
  void on_cover_answer(const CoverPlan::Hold& cover, mqtt::ReasonCode reason);
  void on_answer(const std::string& text, std::uint64_t hold, mqtt::ReasonCode reason);
  void conclude(const std::string& text, mqtt::ReasonCode reason, Answers& answers);
  static void give(Answers answers);
  std::unordered_set<std::string> held_on_subscriptions() const;

  upstream::FilterLanes& lanes_;
  Mode mode_ = Mode::unknown;
  Entries entries_;
  CoverPlan plan_;
  SharedLanes shared_lanes_;
  std::uint32_t last_id_ = 0;
  std::uint64_t last_hold_ = 0;
};

}  // namespace lobbyd::hub
