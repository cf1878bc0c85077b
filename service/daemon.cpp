#include "service/daemon.hpp"

#include "config/broker_profile.hpp"
#include "service/apps/host/apps.hpp"
#include "service/apps_settings.hpp"
#include "service/gateway/gateway.hpp"
#include "service/gateway/threads/loop_choice.hpp"
#include "service/hub/hubs.hpp"
#include "service/system/usable_cores.hpp"
#include "service/upstream/embedded/embedded_broker.hpp"
#include "service/upstream/transport/tls_client.hpp"
#include "service/version.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace lobbyd {

namespace {

// How long the embedded broker may take before the daemon says that it is ready all the same.
constexpr std::chrono::seconds embedded_patience{5};
// For the wills and what else waits for the broker when the clients have gone.
constexpr std::chrono::seconds last_publishes{3};

upstream::ProtocolChoice to_upstream(config::ProtocolChoice choice) {
  switch (choice) {
    case config::ProtocolChoice::mqtt_5:
      return upstream::ProtocolChoice::v5;
    case config::ProtocolChoice::mqtt_3_1_1:
      return upstream::ProtocolChoice::v3_1_1;
    case config::ProtocolChoice::automatic:
      break;
  }
  return upstream::ProtocolChoice::automatic;
}

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<websocket::DeflateOptions> deflate_options(const config::Compression& compression) {
  if (!compression.enabled) {
    return std::nullopt;
  }
  return websocket::DeflateOptions{.level = compression.level, .min_bytes = compression.min_bytes};
}

gateway::Settings gateway_settings(const config::Config& config, std::string instance) {
  return {.instance = std::move(instance),
          .version = version,
          .origins = {.allow = config.origins.allow},
          .threads = gateway::thread_count(config.threads, usable_cores()),
          .deflate = deflate_options(config.compression),
          .max_clients = config.limits.max_clients,
          .max_clients_per_ip = config.limits.max_clients_per_ip,
          .max_message_bytes = config.limits.max_message_bytes,
          .max_subscriptions = config.limits.max_subscriptions,
          .max_qos = config.limits.max_qos,
          .outbox = {.bytes = config.limits.outbox_bytes},
          .memory = config.limits.memory,
          .handshake = config.limits.handshake_seconds,
          .keep_alive = config.limits.keepalive_seconds,
          .session_expiry_max = config.limits.session_expiry_max,
          .drain = config.drain.seconds};
}

upstream::TopicLimits topic_limits(const config::Broker& broker, const config::BrokerFigures& figures) {
  upstream::TopicLimits limits;
  if (broker.max_topic_levels != 0) {
    limits.levels = broker.max_topic_levels;
  }
  if (broker.max_topic_bytes != 0) {
    limits.bytes = broker.max_topic_bytes;
  }
  limits.reserved = figures.changed_characters;
  return limits;
}

upstream::BrokerTraits traits_of(const config::Broker& broker) {
  const config::BrokerFigures figures = config::figures_of(broker.profile);
  const auto highest_qos = static_cast<mqtt::QoS>(figures.maximum_qos);
  return {.filters = {.per_connection = broker.max_filters_per_connection,
                      .per_subscribe = broker.max_filters_per_subscribe},
          .topics = topic_limits(broker, figures),
          .publish_rate = broker.max_publish_rate,
          .retained_wildcards = figures.retained_wildcards,
          .filter_qos = figures.one_subscription_per_qos ? std::optional(highest_qos) : std::nullopt,
          .limits_3_1_1 = {.maximum_qos = highest_qos,
                           .retain = true,
                           .shared = figures.shared,
                           .maximum_packet_size = figures.maximum_packet_size,
                           .receive_maximum = figures.receive_maximum}};
}

hub::Options hub_options(const config::Config& config, std::string instance) {
  hub::Options options;
  options.instance = std::move(instance);
  options.prefix = config.apps.prefix;
  options.max_subscriptions = config.limits.max_subscriptions;
  options.max_qos = static_cast<mqtt::QoS>(config.limits.max_qos);
  options.shared_wills = true;
  options.will_grace = config.will.grace;
  options.hold_back_bytes = config.limits.outbox_bytes / 2;
  // What gives way in a full outbox goes by pieces of that size.
  options.joined_bytes = std::min(options.joined_bytes, std::size_t{config.limits.outbox_bytes} / 16);
  return options;
}

upstream::BrokerOptions broker_options(const config::Broker& broker, mqtt::BrokerUrl endpoint,
                                       std::shared_ptr<const upstream::TlsClient> tls) {
  upstream::BrokerOptions options;
  options.endpoint = std::move(endpoint);
  options.tls = std::move(tls);
  options.protocol = to_upstream(broker.protocol);
  options.username = unless_empty(broker.username);
  if (!broker.password.empty()) {
    options.password.emplace(broker.password);
  }
  options.keep_alive = broker.keepalive;
  options.pool_size = broker.pool_size;
  options.pool_max = broker.pool_max;
  options.traits = traits_of(broker);
  return options;
}

upstream::TlsOptions tls_options(const config::Broker& broker) {
  return {.ca_file = broker.ca_file.string(),
          .cert_file = broker.cert_file.string(),
          .key_file = broker.key_file.string(),
          .verify = broker.verify};
}

}  // namespace

class Daemon::Implementation {
 public:
  Implementation(boost::asio::io_context& context, const config::Config& config, apps::AppsSettings services,
                 const DataDirectory& directory, std::string instance, health::Heartbeats& heartbeats)
      : context_(context),
        config_(config),
        services_(std::move(services)),
        directory_(directory),
        instance_(std::move(instance)),
        heartbeats_(heartbeats),
        patience_(context) {}

  std::expected<void, std::string> start(std::function<void()> ready, std::function<void()> failed) {
    ready_ = std::move(ready);
    failed_ = std::move(failed);
    auto options = hubs_options();
    if (!options) {
      return std::unexpected(std::move(options.error()));
    }
    hubs_.emplace(context_.get_executor(), std::move(*options));
    gateway_.emplace(context_, gateway_settings(config_, instance_), *hubs_, heartbeats_);
    if (auto listening = gateway_->start(config_.listen, config_.admin); !listening) {
      return listening;
    }
    if (embedded_) {
      // Clients that come with the ready line find a broker that can be used.
      patience_.expires_after(embedded_patience);
      patience_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
          start_main();
          announce();
        }
      });
    } else {
      start_main();
      boost::asio::post(context_, [this] { announce(); });
    }
    return {};
  }

  std::string ready_line() const {
    std::string line = "lobbyd ready";
    for (const std::string& address : gateway_->addresses()) {
      line += " listen=ws://" + address + "/ws";
    }
    if (const std::string admin = gateway_->admin_address(); !admin.empty()) {
      line += " admin=http://" + admin;
    }
    return line;
  }

  std::string status() const {
    const upstream::BrokerStatus& broker = hubs_->main().broker_status();
    const std::string clients = "clients: " + std::to_string(gateway_->clients()) + "; ";
    return clients + (broker.state == upstream::BrokerState::connected
                          ? "the broker is connected"
                          : "no connection to the broker: " + broker.reason);
  }

  void reload() {
    if (tls_.empty()) {
      spdlog::info("SIGHUP: there are no certificates to read again; restart lobbyd to change its configuration");
    }
    for (const auto& [section, tls] : tls_) {
      if (auto loaded = tls->load(); !loaded) {
        spdlog::error("SIGHUP: the certificates stay as they were: {}.{}", section, loaded.error());
      } else {
        spdlog::info("SIGHUP: the certificates of [{}] were read again; new connections to the broker use them",
                     section);
      }
    }
  }

  void stop(std::function<void()> done) {
    patience_.cancel();
    ready_ = nullptr;
    failed_ = nullptr;
    gateway_->drain(
        [this, done = std::move(done)] { hubs_->stop(last_publishes, [this, done] { stop_embedded(done); }); });
  }

 private:
  std::expected<hub::HubsOptions, std::string> hubs_options() {
    hub::HubsOptions options{.hub = hub_options(config_, instance_),
                             .brokers = {},
                             .urls = config_.auth.broker_urls,
                             .tls = nullptr,
                             .max_pools = config_.limits.max_pools,
                             .idle = config_.limits.pool_idle_seconds,
                             .extend = {}};
    options.hub.shared_filters = shared_filters(services_);
    options.extend = [executor = context_.get_executor(), settings = services_](hub::BrokerHub& broker,
                                                                                const hub::Options& hub) {
      return std::make_unique<apps::Apps>(executor, broker.hub(), hub, settings);
    };
    auto added = add_broker(options, "broker", std::string(hub::main_broker), config_.broker);
    for (auto broker = config_.brokers.begin(); added && broker != config_.brokers.end(); ++broker) {
      added = add_broker(options, "brokers." + broker->first, broker->first, broker->second);
    }
    if (added && !options.urls.empty()) {
      auto tls = std::make_shared<upstream::TlsClient>(upstream::TlsOptions{});
      added = tls->load();
      options.tls = tls;
      tls_.emplace("auth.broker_urls", std::move(tls));
    }
    if (!added) {
      return std::unexpected(std::move(added.error()));
    }
    return options;
  }

  std::expected<void, std::string> add_broker(hub::HubsOptions& options, const std::string& section,
                                              const std::string& name, const config::Broker& broker) {
    auto endpoint = broker.url ? std::expected<mqtt::BrokerUrl, std::string>(*broker.url) : start_embedded();
    if (!endpoint) {
      return std::unexpected(std::move(endpoint.error()));
    }
    std::shared_ptr<upstream::TlsClient> tls;
    if (mqtt::uses_tls(endpoint->carrier)) {
      tls = std::make_shared<upstream::TlsClient>(tls_options(broker));
      if (auto loaded = tls->load(); !loaded) {
        return std::unexpected(section + "." + loaded.error());
      }
      tls_.emplace(section, tls);
    }
    options.brokers.emplace(name, broker_options(broker, std::move(*endpoint), std::move(tls)));
    return {};
  }

  std::expected<mqtt::BrokerUrl, std::string> start_embedded() {
    upstream::EmbeddedBroker::Options options;
    options.data_dir = directory_.path();
    options.save = config_.embedded.save_seconds;
    if (const auto& listen = config_.embedded.listen) {
      options.listen = {.carrier = mqtt::Carrier::tcp, .host = listen->host, .port = listen->port, .path = {}};
    }
    options.on_state_change = [this](upstream::EmbeddedBroker::State state) {
      if (state == upstream::EmbeddedBroker::State::running) {
        start_main();
      }
    };
    embedded_.emplace(context_.get_executor(), std::move(options));
    if (auto started = embedded_->start(); !started) {
      return std::unexpected(std::move(started.error()));
    }
    return embedded_->endpoint();
  }

  void start_main() {
    if (hubs_ && !std::exchange(main_started_, true)) {
      hubs_->start_main(
          [this](const upstream::BrokerStatus& status) {
            if (status.state == upstream::BrokerState::connected) {
              announce();
            }
          },
          [this] { refuse_to_serve(); });
    }
  }

  void refuse_to_serve() {
    spdlog::error(
        "another daemon named \"{}\" serves on this broker, so this one does not: give each its own [instance] name "
        "and "
        "data_dir",
        instance_);
    if (const auto failed = std::exchange(failed_, nullptr)) {
      boost::asio::post(context_, failed);
    }
  }

  void announce() {
    patience_.cancel();
    if (const auto ready = std::exchange(ready_, nullptr)) {
      ready();
    }
  }

  void stop_embedded(const std::function<void()>& done) {
    if (embedded_) {
      embedded_->stop([done] { done(); });
    } else {
      done();
    }
  }

  boost::asio::io_context& context_;
  config::Config config_;
  apps::AppsSettings services_;
  const DataDirectory& directory_;
  std::string instance_;
  health::Heartbeats& heartbeats_;
  std::map<std::string, std::shared_ptr<upstream::TlsClient>> tls_;  // by the section that names the files
  std::optional<upstream::EmbeddedBroker> embedded_;
  std::optional<hub::Hubs> hubs_;
  std::optional<gateway::Gateway> gateway_;
  bool main_started_ = false;
  boost::asio::steady_timer patience_;
  std::function<void()> ready_;   // until it has been called
  std::function<void()> failed_;  // the same
};

Daemon::Daemon(boost::asio::io_context& context, const config::Config& config, apps::AppsSettings services,
               const DataDirectory& directory, std::string instance, health::Heartbeats& heartbeats)
    : implementation_(std::make_unique<Implementation>(context, config, std::move(services), directory,
                                                       std::move(instance), heartbeats)) {}
Daemon::~Daemon() = default;

std::expected<void, std::string> Daemon::start(std::function<void()> ready, std::function<void()> failed) {
  return implementation_->start(std::move(ready), std::move(failed));
}
std::string Daemon::ready_line() const {
  return implementation_->ready_line();
}
std::string Daemon::status() const {
  return implementation_->status();
}
void Daemon::reload() {
  implementation_->reload();
}
void Daemon::stop(std::function<void()> done) {
  implementation_->stop(std::move(done));
}

}  // namespace lobbyd
