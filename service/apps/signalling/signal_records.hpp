#pragma once

// What stands in a signalling room's topics, as JSON objects that are read with suspicion. Pure.

#include "protocol/api/json_reader.hpp"
#include "protocol/api/service_params.hpp"
#include "service/apps/hybrid_clock.hpp"
#include "service/apps/signalling/signal_topics.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

namespace lobbyd::apps {

// What clients may send, as JSON text.
inline constexpr std::size_t max_peer_data_bytes = 4U << 10U;
using api::max_signal_type_bytes;
inline constexpr std::size_t max_signal_data_bytes = 32U << 10U;

// mesh: every peer sees every other. host: the first peer is 1, it sees all, and all see it alone.
enum class SignalMode : std::uint8_t { mesh, host };

// A claim to a peer id, and then its holder. (at, instance) names the claim.
struct PeerRecord {
  HybridTime at;
  std::string instance;
  std::string client_id;
  SignalMode mode = SignalMode::mesh;
  std::string data = "null";  // JSON text
  bool confirmed = false;     // the id is certainly its own: written again where another claim stood in its place
  bool sealed = false;        // nobody comes in any more

  auto claim() const { return std::tie(at, instance); }
  bool operator==(const PeerRecord&) const = default;
};

// The peer of this claim leaves; its record is cleared behind it.
struct PeerDeparture {
  HybridTime at;
  std::string instance;

  auto claim() const { return std::tie(at, instance); }
  bool operator==(const PeerDeparture&) const = default;
};

// Cleared, or nothing that a daemon writes.
using PeerNews = std::variant<std::monostate, PeerRecord, PeerDeparture>;

struct SignalMessage {
  PeerId to = 0;
  HybridTime to_claim;  // of the peer that it is meant for: ids are used again
  PeerId from = 0;
  std::string type;
  std::string data = "null";  // JSON text

  bool operator==(const SignalMessage&) const = default;
};

// 1 to max_signal_type_bytes of [A-Za-z0-9_.-].
bool is_signal_type(std::string_view type);

PeerNews read_peer(api::JsonReader& reader, std::string_view payload);
std::optional<SignalMessage> read_signal(api::JsonReader& reader, std::string_view payload);

std::string write_record(const PeerRecord& record);
std::string write_record(const PeerDeparture& departure);
std::string write_record(const SignalMessage& message);

}  // namespace lobbyd::apps
