#pragma once

#include "protocol/mqtt/types.hpp"
#include "service/upstream/broker_types.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace lobbyd::upstream {

// Which version of MQTT to offer to a broker; shared by all connections to it.
//
// With ProtocolChoice::automatic 5 is offered first. Where it is turned down, 3.1.1 follows at once, and is offered
// from then on only if it was accepted, and until 5 is; 5 is offered again an hour after it was last turned down, when
// a connection is made for some other reason. A choice of one version is never left.
class ProtocolFallback {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Refusal : std::uint8_t {
    stated,  // CONNACK 0x84, the 3.1.1 return code 0x01, or an answer that is not MQTT of this version
    silent,  // the broker closed the connection instead of answering, which may have other causes as well
  };

  static constexpr std::chrono::hours retry_after{1};

  explicit ProtocolFallback(ProtocolChoice choice);

  mqtt::Version choose(TimePoint now) const;
  void accepted(mqtt::Version version);
  // The version to offer at once instead, if there is one.
  std::optional<mqtt::Version> refused(mqtt::Version version, Refusal refusal, TimePoint now);

 private:
  ProtocolChoice choice_;
  bool v5_known_to_work_ = false;
  bool v3_1_1_accepted_ = false;
  TimePoint v5_refused_at_{};
};

}  // namespace lobbyd::upstream
