#include "service/upstream/broker_status.hpp"

#include <algorithm>

namespace lobbyd::upstream {

BrokerStatus summarize(std::span<const LinkReport> links) {
  BrokerStatus status{BrokerState::connected, {}, std::nullopt};
  const bool none_stands = std::ranges::none_of(links, &LinkReport::connected);
  for (const LinkReport& link : links) {
    if (link.connected) {
      continue;
    }
    if (status.state == BrokerState::connected) {
      status.state = BrokerState::connecting;
    }
    if (!link.disconnection) {
      continue;
    }
    const bool worse = link.disconnection->permanent && status.state != BrokerState::failed;
    if (worse || status.reason.empty()) {
      status.reason = link.disconnection->reason;
      status.refusal = none_stands ? link.disconnection->refusal : std::nullopt;
      status.private_address = link.disconnection->private_address;
    }
    if (worse) {
      status.state = BrokerState::failed;
    }
    status.retry_in = std::min(status.retry_in.value_or(link.disconnection->retry_in), link.disconnection->retry_in);
  }
  if (status.state != BrokerState::connected && status.reason.empty()) {
    status.reason = "not connected to the broker yet";
  }
  return status;
}

bool is_news(const BrokerStatus& before, const BrokerStatus& now) {
  return before.state != now.state || before.reason != now.reason;
}

}  // namespace lobbyd::upstream
