#include "service/upstream/protocol_fallback.hpp"

namespace lobbyd::upstream {

using mqtt::Version;

ProtocolFallback::ProtocolFallback(ProtocolChoice choice) : choice_(choice) {}

Version ProtocolFallback::choose(TimePoint now) const {
  switch (choice_) {
    case ProtocolChoice::v3_1_1:
      return Version::v3_1_1;
    case ProtocolChoice::v5:
      return Version::v5;
    case ProtocolChoice::automatic:
      break;
  }
  return v3_1_1_accepted_ && !v5_known_to_work_ && now - v5_refused_at_ < retry_after ? Version::v3_1_1 : Version::v5;
}

void ProtocolFallback::accepted(Version version) {
  v5_known_to_work_ = v5_known_to_work_ || version == Version::v5;
  v3_1_1_accepted_ = version == Version::v3_1_1;
}

std::optional<Version> ProtocolFallback::refused(Version version, Refusal refusal, TimePoint now) {
  if (choice_ != ProtocolChoice::automatic) {
    return std::nullopt;
  }
  if (version == Version::v3_1_1) {
    v3_1_1_accepted_ = false;
    return std::nullopt;
  }
  // A broker that spoke 5 before and closes the connection now is being restarted, not of another version.
  if (refusal == Refusal::silent && v5_known_to_work_) {
    return std::nullopt;
  }
  v5_known_to_work_ = false;
  v5_refused_at_ = now;
  return Version::v3_1_1;
}

}  // namespace lobbyd::upstream
