#pragma once

#include "service/upstream/broker_types.hpp"
#include "service/upstream/disconnection.hpp"

#include <optional>
#include <span>

namespace lobbyd::upstream {

// One connection that clients depend on.
struct LinkReport {
  bool connected = false;
  std::optional<Disconnection> disconnection;  // empty before the first attempt has ended
};

// Connected only when all are; else a refusal that only a person can mend outweighs, and the first reason speaks for
// all. `retry_in` is the soonest next attempt.
BrokerStatus summarize(std::span<const LinkReport> links);

// Whether somebody who knows the one has to be told of the other: a next attempt alone is no news.
bool is_news(const BrokerStatus& before, const BrokerStatus& now);

}  // namespace lobbyd::upstream
