#include "service/apps/host/context.hpp"

namespace lobbyd::apps {

Moment Context::now() {
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  return {.steady = std::chrono::steady_clock::now(),
          .unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(unix_time).count()};
}

bool Context::broker_expires() const {
  const auto& capabilities = hub.broker_capabilities();
  return !capabilities || capabilities->protocol == mqtt::Version::v5;
}

api::Error timed_out() {
  return {api::Reason::timeout, "the broker did not answer in time; what was asked for may still happen"};
}

api::Error not_whole() {
  return {api::Reason::broker_unavailable, "the broker did not give its retained messages whole; try again later"};
}

}  // namespace lobbyd::apps
