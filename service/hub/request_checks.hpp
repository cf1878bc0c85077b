#pragma once

// Whether a request may be carried out, before anything is done about it: its names, the limits of this daemon, what
// the broker can do.

#include "protocol/api/error.hpp"
#include "protocol/api/params.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/names.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/upstream/broker.hpp"

#include <expected>
#include <string_view>

namespace lobbyd::hub {

class RequestChecks {
 public:
  using Verdict = std::expected<void, api::Error>;

  RequestChecks(const Options& options, const Names& names, const upstream::Broker& broker,
                const Subscriptions& subscriptions)
      : options_(options), names_(names), broker_(broker), subscriptions_(subscriptions) {}

  Verdict will(const api::WillParams& will) const;
  Verdict subscribe(const Client& client, const api::SubscribeParams& params) const;
  Verdict unsubscribe(const Client& client, const api::UnsubscribeParams& params) const;
  Verdict publish(const api::PublishParams& params) const;
  Verdict read_retained(std::string_view filter) const;

 private:
  Verdict filters(const Client& client, const api::SubscribeParams& params) const;
  Verdict qos(std::uint8_t qos) const;
  Verdict needs_mqtt_5(std::string_view what) const;
  Verdict broker_usable() const;

  const Options& options_;
  const Names& names_;
  const upstream::Broker& broker_;
  const Subscriptions& subscriptions_;
};

}  // namespace lobbyd::hub
