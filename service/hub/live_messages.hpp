#pragma once

// Live messages on their way from the broker to the clients that they are for.
//
// Those of one topic that come in a row are joined and given to each client as one: who receives them is chosen once,
// and each client is written to once. What has been taken is passed on by `flush`, or by the next message that is no
// continuation: nothing waits for more to come.

#include "service/hub/fan_out.hpp"
#include "service/hub/message.hpp"
#include "service/hub/names.hpp"
#include "service/hub/subscribing.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/upstream/broker_types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class LiveMessages {
 public:
  // Null where there is no such client (any more).
  using FindOrigin = std::function<const Client*(std::string_view origin)>;

  // `max_bytes`: of messages that are joined.
  LiveMessages(const Names& names, Subscriptions& subscriptions, FanOut& fan_out, Subscribing& subscribing,
               FindOrigin find_origin, std::size_t max_bytes);

  void take(upstream::LaneId lane, const mqtt::Publish& publish, Message::TimePoint now);
  void flush();

 private:
  bool continues(upstream::LaneId lane, const mqtt::Publish& publish) const;
  std::span<Filter* const> matched_by(std::string_view topic);
  void deliver(const MessagePtr& message, std::span<Filter* const> matched);

  const Names& names_;
  Subscriptions& subscriptions_;
  FanOut& fan_out_;
  Subscribing& subscribing_;
  FindOrigin find_origin_;
  std::size_t max_bytes_;
  std::shared_ptr<Message> taken_;  // not passed on yet
  upstream::LaneId lane_{};         // that brought it
  std::vector<std::uint32_t> ids_;  // the subscription identifiers that it carries
  std::vector<Filter*> on_lane_;
};

}  // namespace lobbyd::hub
