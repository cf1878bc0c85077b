#include "service/daemon.hpp"

#include "service/gateway/gateway.hpp"
#include "service/hub/hub.hpp"
#include "service/upstream/embedded/embedded_broker.hpp"
#include "service/upstream/transport/tls_client.hpp"
#include "service/version.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <utility>

namespace lobbyd {

namespace {

// How long the embedded broker may take before the daemon says that it is ready all the same.
constexpr std::chrono::seconds embedded_patience{5};
// For the wills and what else waits for the broker when the clients have gone.
constexpr std::chrono::seconds last_publishes{2};

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

gateway::Settings gateway_settings(const config::Config& config, std::string instance) {
  return {.instance = std::move(instance),
          .version = version,
          .broker = "main",
          .origins = {.allow = config.origins.allow},
          .max_clients = config.limits.max_clients,
          .max_clients_per_ip = config.limits.max_clients_per_ip,
          .max_message_bytes = config.limits.max_message_bytes,
          .max_subscriptions = config.limits.max_subscriptions,
          .max_qos = config.limits.max_qos,
          .outbox_bytes = config.limits.outbox_bytes,
          .handshake = config.limits.handshake_seconds,
          .keep_alive = config.limits.keepalive_seconds,
          .drain = config.drain.seconds};
}

hub::Options hub_options(const config::Config& config, std::string instance) {
  hub::Options options;
  options.instance = std::move(instance);
  options.prefix = config.apps.prefix;
  options.max_subscriptions = config.limits.max_subscriptions;
  options.max_qos = static_cast<mqtt::QoS>(config.limits.max_qos);
  options.hold_back_bytes = config.limits.outbox_bytes / 2;
  return options;
}

}  // namespace

class Daemon::Implementation {
 public:
  Implementation(boost::asio::io_context& context, const config::Config& config, const DataDirectory& directory,
                 std::string instance, std::string password)
      : context_(context),
        config_(config),
        directory_(directory),
        instance_(std::move(instance)),
        password_(std::move(password)),
        patience_(context) {}

  std::expected<void, std::string> start(std::function<void()> ready) {
    ready_ = std::move(ready);
    if (auto loaded = load_tls(); !loaded) {
      return loaded;
    }
    auto endpoint =
        config_.broker.url ? std::expected<mqtt::BrokerUrl, std::string>(*config_.broker.url) : start_embedded();
    if (!endpoint) {
      return std::unexpected(std::move(endpoint.error()));
    }
    upstream::BrokerOptions broker{.endpoint = std::move(*endpoint),
                                   .tls = tls_,
                                   .protocol = to_upstream(config_.broker.protocol),
                                   .client_id_prefix = "lobbyd-" + instance_ + "-",
                                   .username = unless_empty(config_.broker.username),
                                   .password = unless_empty(password_),
                                   .keep_alive = config_.broker.keepalive,
                                   .pool_size = config_.broker.pool_size,
                                   .pool_max = config_.broker.pool_max};
    hub_.emplace(context_.get_executor(), hub_options(config_, instance_), std::move(broker));
    gateway_.emplace(context_, gateway_settings(config_, instance_), *hub_);
    if (auto listening = gateway_->start(config_.listen, config_.admin); !listening) {
      return listening;
    }
    if (embedded_) {
      // Clients that come with the ready line find a broker that can be used.
      patience_.expires_after(embedded_patience);
      patience_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
          start_hub();
          announce();
        }
      });
    } else {
      start_hub();
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

  void reload() {
    if (!tls_) {
      spdlog::info("SIGHUP: there are no certificates to read again; restart lobbyd to change its configuration");
    } else if (auto loaded = tls_->load(); !loaded) {
      spdlog::error("SIGHUP: the certificates stay as they were: broker.{}", loaded.error());
    } else {
      spdlog::info("SIGHUP: the certificates were read again; new connections to the broker use them");
    }
  }

  void stop(std::function<void()> done) {
    patience_.cancel();
    ready_ = nullptr;
    gateway_->drain(
        [this, done = std::move(done)] { hub_->stop(last_publishes, [this, done] { stop_embedded(done); }); });
  }

 private:
  std::expected<void, std::string> load_tls() {
    if (!config_.broker.url || !mqtt::uses_tls(config_.broker.url->carrier)) {
      return {};
    }
    tls_ = std::make_shared<upstream::TlsClient>(upstream::TlsOptions{.ca_file = config_.broker.ca_file.string(),
                                                                      .cert_file = config_.broker.cert_file.string(),
                                                                      .key_file = config_.broker.key_file.string(),
                                                                      .verify = config_.broker.verify});
    auto loaded = tls_->load();
    return loaded ? loaded : std::unexpected("broker." + loaded.error());
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
        start_hub();
      }
    };
    embedded_.emplace(context_.get_executor(), std::move(options));
    if (auto started = embedded_->start(); !started) {
      return std::unexpected(std::move(started.error()));
    }
    return embedded_->endpoint();
  }

  void start_hub() {
    if (hub_ && !std::exchange(hub_started_, true)) {
      hub_->start([this] { announce(); });
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
  const DataDirectory& directory_;
  std::string instance_;
  std::string password_;
  std::shared_ptr<upstream::TlsClient> tls_;  // null where the broker is reached without
  std::optional<upstream::EmbeddedBroker> embedded_;
  std::optional<hub::Hub> hub_;
  std::optional<gateway::Gateway> gateway_;
  bool hub_started_ = false;
  boost::asio::steady_timer patience_;
  std::function<void()> ready_;  // until it has been called
};

Daemon::Daemon(boost::asio::io_context& context, const config::Config& config, const DataDirectory& directory,
               std::string instance, std::string password)
    : implementation_(
          std::make_unique<Implementation>(context, config, directory, std::move(instance), std::move(password))) {}
Daemon::~Daemon() = default;

std::expected<void, std::string> Daemon::start(std::function<void()> ready) {
  return implementation_->start(std::move(ready));
}
std::string Daemon::ready_line() const {
  return implementation_->ready_line();
}
void Daemon::reload() {
  implementation_->reload();
}
void Daemon::stop(std::function<void()> done) {
  implementation_->stop(std::move(done));
}

}  // namespace lobbyd
