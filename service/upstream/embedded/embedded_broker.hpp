#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "service/upstream/backoff.hpp"
#include "service/upstream/embedded/embedded_config.hpp"
#include "service/upstream/embedded/leftover.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lobbyd::upstream {

// A Mosquitto that the daemon starts, watches and stops itself, with its state in data_dir/broker.
//
// It listens on a Unix socket that only the daemon's user can reach. It is asked to save (SIGUSR1) often enough that
// what was written `save` ago is on the disk, and saves by itself when it is stopped. If it ends, it is started again
// with backoff, for ever, and each time the log says why. It is sent SIGTERM by the kernel when the daemon ends in any
// way; one that is still there at the next start is ended first.
//
// Threads: all calls on the executor's thread, which must be the process's main thread (the kernel's signal is tied to
// the thread that starts the child).
class EmbeddedBroker {
 public:
  enum class State : std::uint8_t {
    stopped,   // not started, or stopped for good
    starting,  // the process runs, its socket does not accept connections yet
    running,
    waiting,  // it has ended; the next start is due after a backoff
    stopping,
  };

  struct Options {
    std::filesystem::path data_dir;
    std::chrono::seconds save{5};           // at least 1
    std::optional<mqtt::BrokerUrl> listen;  // a TCP listener for MQTT clients besides the daemon; a numeric address
    std::string program = "mosquitto";      // a name looked for on PATH and in the sbin directories, or a path
    std::uint32_t max_packet_size = 16U << 20U;

    std::chrono::milliseconds start_patience{60'000};  // until its socket accepts; it is killed and restarted then
    EndingPatience end_patience;                       // from SIGTERM to SIGKILL
    Backoff::Limits backoff;
    Random random;                               // as make_random() if empty
    std::function<void(State)> on_state_change;  // called on every change; must not destroy the EmbeddedBroker
  };

  EmbeddedBroker(boost::asio::any_io_executor executor, Options options);
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;

  // Without stop() before it: SIGTERM, and blocks until the broker has ended, or has been killed after end_patience.
  ~EmbeddedBroker();

  // Takes the directory, ends a leftover (which may block, see end_leftover), writes the configuration and starts the
  // process; it is ready later, see state(). To be called once. The error is a sentence for the operator, and nothing
  // is left running.
  std::expected<void, std::string> start();

  // Where the daemon connects to. After start() has succeeded.
  mqtt::BrokerUrl endpoint() const;

  State state() const;

  // Ends the broker and calls the handler, once, on the loop, when it is gone. No restart follows. Destruction drops
  // the handler.
  void stop(std::move_only_function<void()> handler);

 private:
  class Supervisor;
  std::shared_ptr<Supervisor> supervisor_;
};

const char* to_string(EmbeddedBroker::State state);

}  // namespace lobbyd::upstream
