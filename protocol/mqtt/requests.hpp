#pragma once

// SUBSCRIBE and UNSUBSCRIBE under way (MQTT5 §3.8.4, §3.10.4). They do not outlive their connection.

#include "protocol/mqtt/packet_ids.hpp"
#include "protocol/mqtt/types.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace lobbyd::mqtt {

class Requests {
 public:
  struct Request {
    PacketType answer = PacketType::suback;  // or unsuback
    std::uint64_t tag = 0;
    std::size_t filters = 0;
    std::chrono::steady_clock::time_point sent{};
  };

  // `packet_ids` outlives this object; what is answered or forgotten is given back to it.
  explicit Requests(PacketIds& packet_ids) : packet_ids_(packet_ids) {}

  void add(std::uint16_t packet_id, Request request) { requests_.emplace(packet_id, request); }

  std::optional<Request> find(std::uint16_t packet_id) const {
    const auto found = requests_.find(packet_id);
    return found == requests_.end() ? std::nullopt : std::optional(found->second);
  }

  // When the one that waits longest was sent. Goes through all: there are few.
  std::optional<std::chrono::steady_clock::time_point> oldest() const {
    if (requests_.empty()) return std::nullopt;
    const auto sent = [](const auto& entry) { return entry.second.sent; };
    return sent(*std::ranges::min_element(requests_, {}, sent));
  }

  void finish(std::uint16_t packet_id) {
    if (requests_.erase(packet_id) != 0) packet_ids_.release(packet_id);
  }

  void forget_all() {
    for (const auto& [packet_id, request] : requests_) packet_ids_.release(packet_id);
    requests_.clear();
  }

 private:
  PacketIds& packet_ids_;
  std::unordered_map<std::uint16_t, Request> requests_;
};

}  // namespace lobbyd::mqtt
