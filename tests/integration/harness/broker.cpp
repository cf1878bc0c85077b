#include "tests/integration/harness/broker.hpp"

#include "tests/integration/harness/aedes.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/rabbitmq.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <string_view>

namespace lobbyd::integration {
namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

std::string_view test_protocol() {
  const auto chosen = variable("LOBBYD_TEST_PROTOCOL");
  if (chosen.empty() || chosen == "5" || chosen == "3.1.1") return chosen;
  throw std::runtime_error("LOBBYD_TEST_PROTOCOL must be 5 or 3.1.1");
}

constexpr std::array kinds = {BrokerKind::mosquitto, BrokerKind::rabbitmq, BrokerKind::aedes};

struct Lack {
  BrokerKind kind;
  Feature feature;
  const char* reason;
};
// docs/brokers.md has the sources.
constexpr std::array lacking = {
    Lack{BrokerKind::rabbitmq, Feature::mqtt_5, "RabbitMQ 3 speaks MQTT 3.1.1 alone"},
    Lack{BrokerKind::aedes, Feature::mqtt_5, "Aedes speaks MQTT 3.1.1 alone"},
    Lack{BrokerKind::rabbitmq, Feature::qos_2, "RabbitMQ has no QoS 2: it takes it for QoS 1"},
    Lack{BrokerKind::rabbitmq, Feature::one_subscription_per_filter,
         "RabbitMQ has a queue for each QoS: a filter subscribed at two brings each message twice"},
    Lack{BrokerKind::aedes, Feature::deep_topics, "Aedes takes at most 100 levels"},
    Lack{BrokerKind::rabbitmq, Feature::retained_in_order,
         "RabbitMQ sends retained messages in the reverse order of the SUBSCRIBE"},
    Lack{BrokerKind::aedes, Feature::retained_in_order, "Aedes sends retained messages on its own time"},
    Lack{BrokerKind::aedes, Feature::retained_at_qos_2,
         "Aedes sends what is retained at QoS 2 so to every subscription, and then refuses the PUBREC"},
    Lack{BrokerKind::aedes, Feature::sound_sessions,
         "Aedes closes a kept session's connection when a message meets a change of its subscriptions"},
    Lack{BrokerKind::rabbitmq, Feature::retained_by_wildcard,
         "RabbitMQ finds retained messages by their exact topic alone"},
    Lack{BrokerKind::aedes, Feature::retained_after_restart, "Aedes keeps its state in memory alone"},
    Lack{BrokerKind::rabbitmq, Feature::shared_subscriptions, "RabbitMQ has no shared subscriptions"},
    Lack{BrokerKind::aedes, Feature::shared_subscriptions, "Aedes has no shared subscriptions"},
};

std::unique_ptr<BrokerServer> make_server(const BrokerOptions& options, bool started) {
  if (const auto missing = missing_for(options.kind)) throw std::runtime_error("missing here: " + *missing);
  switch (options.kind) {
    case BrokerKind::mosquitto:
      return std::make_unique<Mosquitto>(
          MosquittoOptions{.persistence = options.persistence, .carrier = options.carrier}, started);
    case BrokerKind::rabbitmq:
      if (options.carrier != Carrier::tcp) throw std::runtime_error("RabbitMQ is tested over tcp");
      return std::make_unique<RabbitMq>(started);
    case BrokerKind::aedes:
      return std::make_unique<Aedes>(options.carrier, started);
  }
  throw std::logic_error("no such broker");
}

}  // namespace

std::string name(BrokerKind kind) {
  switch (kind) {
    case BrokerKind::mosquitto:
      return "mosquitto";
    case BrokerKind::rabbitmq:
      return "rabbitmq";
    case BrokerKind::aedes:
      return "aedes";
  }
  throw std::logic_error("no such broker");
}

void PrintTo(BrokerKind kind, std::ostream* stream) {
  *stream << name(kind);
}

BrokerKind default_broker() {
  const auto chosen = variable("LOBBYD_TEST_BROKER");
  if (chosen.empty()) return BrokerKind::mosquitto;
  const auto found = std::ranges::find(kinds, chosen, [](BrokerKind kind) { return name(kind); });
  if (found == kinds.end()) throw std::runtime_error("LOBBYD_TEST_BROKER must be mosquitto, rabbitmq or aedes");
  return *found;
}

std::optional<std::string> missing_for(BrokerKind kind) {
  switch (kind) {
    case BrokerKind::mosquitto:
      return std::nullopt;
    case BrokerKind::rabbitmq:
      return RabbitMq::missing();
    case BrokerKind::aedes:
      return Aedes::missing();
  }
  throw std::logic_error("no such broker");
}

void PrintTo(Upstream upstream, std::ostream* stream) {
  *stream << "MQTT " << protocol_name(upstream);
}

std::vector<Upstream> upstreams() {
  std::vector<Upstream> result;
  if (!lacks(Feature::mqtt_5)) result.push_back(Upstream::mqtt_5);
  if (test_protocol() != "5") result.push_back(Upstream::mqtt_3_1_1);
  if (result.empty()) throw std::runtime_error("LOBBYD_TEST_PROTOCOL is a version that this broker does not speak");
  return result;
}

std::string protocol_name(Upstream upstream) {
  return upstream == Upstream::mqtt_5 ? "5" : "3.1.1";
}

std::string broker_section(Upstream upstream) {
  return "[broker]\nprotocol = \"" + protocol_name(upstream) + "\"\n";
}

std::optional<std::string> lacks(Feature feature, BrokerKind kind) {
  const auto found =
      std::ranges::find_if(lacking, [&](const Lack& lack) { return lack.kind == kind && lack.feature == feature; });
  if (found != lacking.end()) return found->reason;
  if (feature == Feature::bulk && kind == BrokerKind::mosquitto && has_websocket(default_carrier())) {
    return "Mosquitto 2.0 writes some 50 KB a second to a WebSocket";
  }
  if (feature == Feature::mqtt_5 && test_protocol() == "3.1.1") return "this run is of MQTT 3.1.1";
  return std::nullopt;
}

int highest_qos() {
  return lacks(Feature::qos_2) ? 1 : 2;
}

Broker::Broker(BrokerOptions options, bool started) : server_(make_server(options, started)) {}

}  // namespace lobbyd::integration
