#pragma once

// How the clients' filters are held at the broker: each once, at the highest QoS that is asked for.
//
// Where the broker names filters by subscription identifiers, each filter is held as it is. Where it does not
// (MQTT 3.1.1, some brokers of MQTT 5), overlapping filters give way to covers (CoverPlan), and each shared filter
// is held on a lane on which no other filter overlaps it.

#include "protocol/mqtt/types.hpp"
#include "service/hub/cover_plan.hpp"
#include "service/hub/filter.hpp"
#include "service/upstream/broker.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class UpstreamFilters {
 public:
  // The broker's answer: the granted QoS, or a reason of 0x80 and more.
  using Granted = std::move_only_function<void(mqtt::ReasonCode)>;

  explicit UpstreamFilters(upstream::Broker& broker) : broker_(broker) {}

  // The identifier by which copies for the filter are marked; the same until `unwant`.
  std::uint32_t enter(const std::string& text, const std::string& topic_filter, bool shared);
  // `granted` is called at once where the broker has granted as much already. Waits while the link is down. The filter
  // must have been entered; it is forgotten when the broker refuses it.
  void want(const std::string& text, mqtt::QoS qos, Granted granted);
  void unwant(const std::string& text);

  // The subscription lane stands: what the broker can do is known now, and may have changed.
  void on_lane_up(const upstream::Capabilities& capabilities);

  // Whether all copies are marked with the filters that they are for.
  bool has_identifiers() const { return mode_ == Mode::identifiers; }
  // Where they are not: whether copies that come on `lane` may be for this filter.
  bool is_on(upstream::LaneId lane, const Filter& filter) const;

 private:
  enum class Mode : std::uint8_t { unknown, identifiers, covers };
  struct Entry {
    std::string topic_filter;
    bool shared = false;
    std::uint32_t id = 0;
    upstream::LaneId lane = upstream::LaneId::subscriptions;
    mqtt::QoS qos = mqtt::QoS::at_most_once;
    std::optional<mqtt::QoS> granted;
    bool unwanted = false;  // to be released when the broker has answered
    std::vector<Granted> waiting;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void place(const std::string& text, Entry& entry);
  void place_under_cover(const std::string& text, Entry& entry);
  void hold(upstream::LaneId lane, const std::string& text, const Entry& entry);
  void hold_cover(const CoverPlan::Hold& hold);
  void on_cover_answer(const std::string& cover, mqtt::ReasonCode reason);
  void on_answer(const std::string& text, mqtt::ReasonCode reason);
  void release(const std::string& text, const Entry& entry);
  upstream::LaneId lane_for(const Entry& entry);

  upstream::Broker& broker_;
  Mode mode_ = Mode::unknown;
  Entries entries_;
  CoverPlan plan_;
  std::vector<upstream::LaneId> shared_lanes_;  // where identifiers are not to be had
  std::uint32_t last_id_ = 0;
};

}  // namespace lobbyd::hub
