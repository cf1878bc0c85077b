#include "service/gateway/refusal_log.hpp"

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

namespace lobbyd::gateway {

namespace {

constexpr std::chrono::minutes quiet_time{1};

std::string_view describe(RefusalLog::Cause cause) {
  switch (cause) {
    case RefusalLog::Cause::max_clients:
      return "limits.max_clients is reached";
    case RefusalLog::Cause::max_clients_per_ip:
      return "limits.max_clients_per_ip is reached";
    case RefusalLog::Cause::memory:
      return "limits.memory is reached";
    case RefusalLog::Cause::too_many_handshakes:
      return "too many connections sent no request, and the oldest had to end";
    case RefusalLog::Cause::origin:
      return "the page's origin is not in origins.allow";
    case RefusalLog::Cause::host:
      break;
  }
  return "a loopback listener serves loopback Host names only";
}

}  // namespace

void RefusalLog::count(Cause cause, std::string detail, TimePoint now) {
  Entry& entry = entries_[static_cast<std::size_t>(cause)];
  ++entry.refused;
  entry.detail = std::move(detail);
  if (now >= entry.quiet_until) {
    report(cause, entry, now);
  }
}

void RefusalLog::tick(TimePoint now) {
  for (std::size_t cause = 0; cause < entries_.size(); ++cause) {
    if (Entry& entry = entries_[cause]; entry.refused > 0 && now >= entry.quiet_until) {
      report(static_cast<Cause>(cause), entry, now);
    }
  }
}

void RefusalLog::report(Cause cause, Entry& entry, TimePoint now) {
  spdlog::warn("refused {} connection{}: {} (the last: {})", entry.refused, entry.refused == 1 ? "" : "s",
               describe(cause), entry.detail);
  entry.refused = 0;
  entry.quiet_until = now + quiet_time;
}

}  // namespace lobbyd::gateway
