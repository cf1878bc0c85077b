#include "config/broker_profile.hpp"

namespace lobbyd::config {

BrokerFigures figures_of(BrokerProfile profile) {
  switch (profile) {
    case BrokerProfile::emqx:
      return {.max_topic_levels = 128, .maximum_packet_size = 1'048'576};
    case BrokerProfile::hivemq:
      return {.receive_maximum = 10};
    case BrokerProfile::rabbitmq:
      return {.maximum_qos = 1,
              .shared = false,
              .retained_wildcards = false,
              .one_subscription_per_qos = true,
              .changed_characters = ".*"};
    case BrokerProfile::aedes:
      return {.max_topic_levels = 100, .shared = false};
    case BrokerProfile::aws_iot:
      return {.max_filters_per_connection = 50,
              .max_filters_per_subscribe = 8,
              .max_publish_rate = 100,
              .max_topic_levels = 8,
              .max_topic_bytes = 256,
              .maximum_qos = 1,
              .maximum_packet_size = 131'072,
              .receive_maximum = 100};
    case BrokerProfile::none:
    case BrokerProfile::mosquitto:
      break;
  }
  return {};
}

void apply_profile(Broker& broker, const std::function<bool(std::string_view name)>& is_set) {
  const BrokerFigures figures = figures_of(broker.profile);
  const auto fill = [&](std::string_view name, std::uint32_t& value, std::uint32_t figure) {
    if (!is_set(name)) {
      value = figure;
    }
  };
  fill("max_filters_per_connection", broker.max_filters_per_connection, figures.max_filters_per_connection);
  fill("max_filters_per_subscribe", broker.max_filters_per_subscribe, figures.max_filters_per_subscribe);
  fill("max_publish_rate", broker.max_publish_rate, figures.max_publish_rate);
  fill("max_topic_levels", broker.max_topic_levels, figures.max_topic_levels);
  fill("max_topic_bytes", broker.max_topic_bytes, figures.max_topic_bytes);
}

}  // namespace lobbyd::config
