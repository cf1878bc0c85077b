#include "service/upstream/embedded/embedded_config.hpp"

#include <algorithm>

namespace lobbyd::upstream {
namespace {

// Mosquitto's own saving is the second line: the daemon asks for each save (see EmbeddedBroker). Mosquitto counts whole
// seconds, saves a second late, and from 2.1 on looks at the clock only when something wakes it.
constexpr std::chrono::seconds own_save_interval{60};

void add(std::string& text, std::string_view key, std::string_view value) {
  text.append(key).append(" ").append(value).append("\n");
}

void add_listeners(std::string& text, const EmbeddedConfig& config) {
  add(text, "listener", "0 " + std::string(embedded_socket_name));
  if (config.listen) add(text, "listener", std::to_string(config.listen->port) + " " + config.listen->host);
  text += "# The socket lies in a directory that only the daemon's user may enter.\n";
  add(text, "allow_anonymous", "true");
  // Mosquitto changes to the user `mosquitto` otherwise, who may not enter the directory; and the kernel forgets the
  // parent-death signal with the change.
  if (config.as_root) add(text, "user", "root");
}

void add_persistence(std::string& text, const EmbeddedConfig& config) {
  add(text, "persistence", "true");
  add(text, "persistence_location", "./");
  add(text, "persistence_file", embedded_database_name);
  add(text, "autosave_on_changes", "false");
  add(text, "autosave_interval", std::to_string(std::max(config.save, own_save_interval).count()));
  // Sessions of clients that never come back would be kept for ever.
  add(text, "persistent_client_expiration", "14d");
}

void add_limits(std::string& text, const EmbeddedConfig& config) {
  // The default of 1,000 cuts a subscription that matches more retained messages. 0 stands for no limit, but some 2.0
  // versions drop everything then; and a queue without a bound would be one slow client's way to fill the memory.
  add(text, "max_queued_messages", "1000000");
  add(text, "max_inflight_messages", "1000");
  // The same for all versions: 2.1 would take no more than 2,000,000.
  add(text, "max_packet_size", std::to_string(config.max_packet_size));
}

void add_logging(std::string& text) {
  add(text, "log_dest", "stderr");
  // The daemon's own log has the time.
  add(text, "log_timestamp", "false");
  add(text, "log_type", "error");
  add(text, "log_type", "warning");
  add(text, "log_type", "notice");
  add(text, "connection_messages", "false");
}

}  // namespace

std::string mosquitto_config(const EmbeddedConfig& config) {
  std::string text = "# Written by lobbyd at each start: what is changed here is lost.\n";
  add_listeners(text, config);
  add_persistence(text, config);
  add_limits(text, config);
  add_logging(text);
  return text;
}

}  // namespace lobbyd::upstream
