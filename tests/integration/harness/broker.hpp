#pragma once

#include "tests/integration/harness/broker_server.hpp"
#include "tests/integration/harness/carrier.hpp"

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::integration {

enum class BrokerKind { mosquitto, rabbitmq, aedes };
std::string name(BrokerKind kind);
void PrintTo(BrokerKind kind, std::ostream* stream);
/// LOBBYD_TEST_BROKER ("mosquitto", "rabbitmq", "aedes"), else Mosquitto: the whole suite can be run against each.
BrokerKind default_broker();
/// What has to be installed first for this broker; nullopt where it can be started.
std::optional<std::string> missing_for(BrokerKind kind);

/// The MQTT version between the daemon and its broker.
enum class Upstream { mqtt_5, mqtt_3_1_1 };
void PrintTo(Upstream upstream, std::ostream* stream);
/// Those that the broker under test speaks; of these only the one that LOBBYD_TEST_PROTOCOL ("5", "3.1.1") names.
/// The first is for tests that need one.
std::vector<Upstream> upstreams();
/// As `broker.protocol` has it.
std::string protocol_name(Upstream upstream);
/// The section [broker] with this protocol.
std::string broker_section(Upstream upstream);

/// What a test may need that not every broker has.
enum class Feature {
  mqtt_5,
  qos_2,
  retained_by_wildcard,    // a filter with wildcards finds retained messages
  retained_after_restart,  // after an orderly one, with `persistence`
  shared_subscriptions,
  one_subscription_per_filter,  // subscribing again at another QoS replaces the earlier subscription
  deep_topics,                  // of more than 100 levels
  retained_in_order,            // retained messages come in the order of the SUBSCRIBE, before what follows it
  retained_at_qos_2,            // what was published so can be read by a session that is kept
  sound_sessions,               // a kept session goes on while messages meet changes of its subscriptions
  bulk,                         // megabytes pass to the daemon within a test's deadlines
};
/// Why the broker under test cannot do it, for GTEST_SKIP; nullopt where it can.
std::optional<std::string> lacks(Feature feature, BrokerKind kind = default_broker());
#define LOBBYD_NEEDS(feature) \
  if (const auto lacked = ::lobbyd::integration::lacks(::lobbyd::integration::Feature::feature)) GTEST_SKIP() << *lacked

/// 2, or what the broker under test has.
int highest_qos();

struct BrokerOptions {
  bool persistence = false;  // of retained messages, over an orderly restart
  Carrier carrier = default_carrier();
  BrokerKind kind = default_broker();
};

/// The broker under test, on a loopback port of its own, with its own defaults. For what only Mosquitto can be
/// configured to do there is `Mosquitto`.
class Broker {
 public:
  /// Starts at once unless `started` is false: then the port is only chosen, and refuses connections.
  explicit Broker(BrokerOptions options = {}, bool started = true);

  void start() { server_->start(); }
  void stop() { server_->stop(); }
  void kill() { server_->kill(); }
  void freeze() { server_->freeze(); }
  void thaw() { server_->thaw(); }
  const Endpoint& endpoint() const { return server_->endpoint(); }
  std::string url() const { return server_->url(); }

 private:
  std::unique_ptr<BrokerServer> server_;
};

}  // namespace lobbyd::integration
