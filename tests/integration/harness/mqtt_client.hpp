#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::integration {

/// What MQTT 5 may say of a message; 3.1.1 sends and receives none of it.
struct MqttProperties {
  std::optional<std::uint32_t> expiry = {};  // seconds
  std::optional<std::string> content_type = {};
  std::optional<std::string> response_topic = {};
  std::optional<std::string> correlation_data = {};  // bytes
  std::vector<std::pair<std::string, std::string>> user_properties = {};
};

struct MqttMessage {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  MqttProperties properties = {};
};

enum class MqttVersion { v3_1_1, v5 };
/// 5 where the broker under test has it.
MqttVersion newest_version();

struct MqttOptions {
  MqttVersion version = newest_version();
  std::optional<MqttMessage> will = {};
  std::string username = {};
  std::string password = {};
};

/// An MQTT client that shares no code with the daemon (libmosquitto). Receives on a thread of its own; the calls are
/// synchronous.
class MqttClient {
 public:
  /// Connects; throws std::runtime_error if the broker refuses, DeadlineExceeded if it does not answer.
  explicit MqttClient(const Endpoint& endpoint, MqttOptions options = {});
  ~MqttClient();

  /// The granted QoS, or the reason code (≥ 128) of a refusal. `no_local` needs MQTT 5.
  int subscribe(const std::string& filter, int qos = 0, bool no_local = false);
  void unsubscribe(const std::string& filter);

  /// Publishes and waits: for the PUBACK or PUBCOMP, at QoS 0 until the message is written. Returns its reason code.
  int publish(const MqttMessage& message);
  int publish(const std::string& topic, const std::string& payload, int qos = 0, bool retain = false);
  /// Publishes without waiting.
  void publish_later(const MqttMessage& message);
  /// Waits until all that was published so far is acknowledged.
  void wait_published(Deadline deadline = default_deadline());

  /// The first waiting message that fulfils the predicate; takes it away. Throws DeadlineExceeded.
  MqttMessage wait_message(const std::function<bool(const MqttMessage&)>& predicate = {},
                           Deadline deadline = default_deadline());
  /// All messages that came before one that this client publishes now comes back to it.
  std::vector<MqttMessage> messages_until_now();
  /// How many messages have come in all.
  std::size_t received_count() const;
  void wait_received(std::size_t count, Deadline deadline = default_deadline());

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lobbyd::integration
