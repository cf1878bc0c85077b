#pragma once

// What is put under load: a server that is started for one run, on a core of its own.

#include "tests/bench/load/client.hpp"
#include "tests/bench/load/settings.hpp"
#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/temporary_directory.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace lobbyd::load {

enum class Kind {
  lobbyd,      // with a Mosquitto of its own, on the generator's core, as its broker
  mosquitto,   // by itself, with its own WebSocket listener
  bare_write,  // see bare_server.cpp
  bare_writev,
};
inline constexpr std::array all_kinds{Kind::bare_write, Kind::bare_writev, Kind::lobbyd, Kind::mosquitto};
std::string_view name(Kind kind);

constexpr bool is_bare(Kind kind) {
  return kind == Kind::bare_write || kind == Kind::bare_writev;
}

class Target {
 public:
  // Returns when connections are accepted. `broker_settings` are further lines for mosquitto.conf.
  Target(Kind kind, const Settings& settings, const std::string& broker_settings = {});

  Kind kind() const { return kind_; }
  // A connection to the server that is measured, by way of a WebSocket; it has been opened.
  std::unique_ptr<Client> client(Loop& loop, Observer& observer, std::uint32_t number) const;
  // One to the broker, MQTT over TCP; a bare server is its own broker.
  std::unique_ptr<Client> direct_client(Loop& loop, Observer& observer, std::uint32_t number) const;

  pid_t server() const { return server_->id(); }
  // nullopt where the server has none beside itself.
  std::optional<pid_t> broker() const;
  // What the broker has logged, up to a line with `part`, and perhaps more. Throws where none comes.
  std::string broker_log_until(std::string_view part) const;

 private:
  void start_lobbyd(const Settings& settings, const std::string& broker_settings);
  void start_bare(const Settings& settings);
  std::unique_ptr<integration::Process> start_mosquitto(const Settings& settings, const std::string& cores,
                                                        const std::string& lines);

  Kind kind_;
  integration::TemporaryDirectory directory_;
  std::unique_ptr<integration::Process> broker_;  // ends after the server
  std::unique_ptr<integration::Process> server_;
  Endpoint websocket_;
  Endpoint direct_;
};

}  // namespace lobbyd::load
