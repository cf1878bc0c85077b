#pragma once

// Who gets a message: the members of the filters that its topic matches, each client once. Pure.
//
// A client whose several filters match is served by one of them: that of the highest QoS, of those the one that was
// subscribed first. Where the broker names the filters that a copy is for (MQTT5 §3.3.4, subscription identifiers), the
// copy goes to the clients whose serving filter is among those named: so it is right whether the broker sends one
// copy for all of a connection's overlapping filters, or one for each.

#include "service/hub/filter.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

struct Target {
  Client* client = nullptr;
  const Member* member = nullptr;
  const Filter* filter = nullptr;
};

// Messages of closed topics are for services alone, all others for clients alone: the two never share a filter's copy.
enum class Audience : std::uint8_t { clients, services };

// Clients bear its mark: there must be no second one for the same clients.
class FanOut {
 public:
  // `matched`: all filters that match. `ids`: the identifiers that the copy carries; none where the broker does not
  // name them, and then the copy is for all of `matched`. `origin`: the client that published it, for no_local.
  // The targets are valid until the next call, or until a filter's members change.
  std::span<const Target> select(std::span<Filter* const> matched, std::span<const std::uint32_t> ids,
                                 const Client* origin, Audience audience = Audience::clients);

 private:
  struct Choice {
    Target target;
    bool named = false;  // the copy is for the target's filter
  };
  void consider(const Filter& filter, bool named, const Client* origin);
  void pick_one(Filter& filter, const Client* origin);

  std::vector<Target> targets_;
  std::vector<Choice> choices_;
  std::uint64_t round_ = 0;
  bool for_services_ = false;
};

}  // namespace lobbyd::hub
