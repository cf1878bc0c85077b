#pragma once

// The whole daemon: builds the parts from the configuration, in order, and ends them in the reverse one.

#include "config/config.hpp"
#include "service/apps/host/apps.hpp"
#include "service/data_directory.hpp"
#include "service/health/heartbeats.hpp"

#include <boost/asio/io_context.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace lobbyd {

class Daemon {
 public:
  // The services' settings are those of the configuration: see apps_settings().
  Daemon(boost::asio::io_context& context, const config::Config& config, apps::AppsSettings services,
         const DataDirectory& directory, std::string instance, health::Heartbeats& heartbeats);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Listens. `ready` is called soon after: with the embedded broker once that can be used, or after some seconds; with
  // another one at once, since it may be away for long. The error is a sentence for the operator. `failed` is called
  // where it is found out later that it must not serve, which has been logged then; it is to be stopped.
  std::expected<void, std::string> start(std::function<void()> ready, std::function<void()> failed);
  // The line that tells scripts where it listens.
  std::string ready_line() const;
  // One line for people: how it is.
  std::string status() const;
  // Reads the certificates again (SIGHUP).
  void reload();
  // Drains the clients, publishes what is to be published, ends the broker's connections and an embedded broker.
  void stop(std::function<void()> done);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lobbyd
