#include "tests/integration/harness/mqtt_client.hpp"

#include "tests/integration/harness/broker.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <mutex>
#include <stdexcept>

namespace lobbyd::integration {
namespace {

void check(int result, const char* what) {
  if (result != MOSQ_ERR_SUCCESS) throw std::runtime_error(std::string(what) + ": " + mosquitto_strerror(result));
}

// A list in the library's form, freed at the end of its scope.
class PropertyList {
 public:
  explicit PropertyList(const MqttProperties& properties) {
    if (properties.expiry) {
      check(mosquitto_property_add_int32(&list_, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, *properties.expiry), "expiry");
    }
    add_string(MQTT_PROP_CONTENT_TYPE, properties.content_type);
    add_string(MQTT_PROP_RESPONSE_TOPIC, properties.response_topic);
    if (const auto& data = properties.correlation_data) {
      check(mosquitto_property_add_binary(&list_, MQTT_PROP_CORRELATION_DATA, data->data(),
                                          static_cast<std::uint16_t>(data->size())),
            "correlation data");
    }
    for (const auto& [name, value] : properties.user_properties) {
      check(mosquitto_property_add_string_pair(&list_, MQTT_PROP_USER_PROPERTY, name.c_str(), value.c_str()),
            "user property");
    }
  }
  PropertyList(const PropertyList&) = delete;
  PropertyList& operator=(const PropertyList&) = delete;
  ~PropertyList() { mosquitto_property_free_all(&list_); }

  mosquitto_property* get() { return list_; }
  mosquitto_property* release() { return std::exchange(list_, nullptr); }

 private:
  void add_string(int identifier, const std::optional<std::string>& value) {
    if (value) check(mosquitto_property_add_string(&list_, identifier, value->c_str()), "property");
  }

  mosquitto_property* list_ = nullptr;
};

std::optional<std::string> read_string(const mosquitto_property* list, int identifier) {
  char* value = nullptr;
  if (mosquitto_property_read_string(list, identifier, &value, false) == nullptr) return std::nullopt;
  const std::unique_ptr<char, decltype(&std::free)> owner(value, &std::free);
  return value;
}

MqttProperties read_properties(const mosquitto_property* list) {
  MqttProperties result;
  std::uint32_t expiry = 0;
  if (mosquitto_property_read_int32(list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, &expiry, false) != nullptr) {
    result.expiry = expiry;
  }
  result.content_type = read_string(list, MQTT_PROP_CONTENT_TYPE);
  result.response_topic = read_string(list, MQTT_PROP_RESPONSE_TOPIC);
  void* data = nullptr;
  std::uint16_t size = 0;
  if (mosquitto_property_read_binary(list, MQTT_PROP_CORRELATION_DATA, &data, &size, false) != nullptr) {
    const std::unique_ptr<void, decltype(&std::free)> owner(data, &std::free);
    result.correlation_data = std::string(static_cast<const char*>(data), size);
  }
  char* name = nullptr;
  char* value = nullptr;
  bool further = false;
  for (auto* at = list; at != nullptr; further = true) {
    at = mosquitto_property_read_string_pair(at, MQTT_PROP_USER_PROPERTY, &name, &value, further);
    if (at == nullptr) break;
    const std::unique_ptr<char, decltype(&std::free)> name_owner(name, &std::free);
    const std::unique_ptr<char, decltype(&std::free)> value_owner(value, &std::free);
    result.user_properties.emplace_back(name, value);
  }
  return result;
}

// The library wants to be initialised once for the program.
void initialise_library() {
  static const int result = mosquitto_lib_init();
  check(result, "mosquitto_lib_init");
}

}  // namespace

MqttVersion newest_version() {
  return lacks(Feature::mqtt_5) ? MqttVersion::v3_1_1 : MqttVersion::v5;
}

class MqttClient::Implementation {
 public:
  Implementation(const Endpoint& endpoint, const MqttOptions& options);
  ~Implementation();

  int send(const MqttMessage& message);
  int wait_acknowledged(int packet_id, Deadline deadline);

  template <typename Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate predicate, Deadline deadline, const std::string& what) {
    if (!changed.wait_until(lock, deadline, predicate)) throw DeadlineExceeded(what);
  }

  mosquitto* client = nullptr;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<int> connected;     // CONNACK's reason code
  std::map<int, int> acknowledged;  // packet id to reason code, of SUBACK, UNSUBACK, PUBACK and PUBCOMP
  std::size_t unacknowledged_publishes = 0;
  std::deque<MqttMessage> messages;
  std::size_t received = 0;
  std::string fence_topic;

 private:
  void set_callbacks();
  void set_will(const MqttMessage& will);
  void acknowledge(int packet_id, int reason_code, bool publish);
};

MqttClient::Implementation::Implementation(const Endpoint& endpoint, const MqttOptions& options) {
  initialise_library();
  client = mosquitto_new(unique_name("mqtt").c_str(), true, this);
  if (client == nullptr) throw std::bad_alloc();
  check(mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION,
                             options.version == MqttVersion::v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311),
        "protocol version");
  if (!options.username.empty()) {
    check(mosquitto_username_pw_set(client, options.username.c_str(), options.password.c_str()), "credentials");
  }
  if (options.will) set_will(*options.will);
  set_callbacks();
  check(mosquitto_connect_bind_v5(client, endpoint.host.c_str(), endpoint.port, 60, nullptr, nullptr), "connect");
  check(mosquitto_loop_start(client), "loop");
  std::unique_lock lock(mutex);
  wait(lock, [this] { return connected.has_value(); }, default_deadline(), "no CONNACK from the broker");
  if (*connected != 0) throw std::runtime_error("the broker refuses: " + std::to_string(*connected));
}

MqttClient::Implementation::~Implementation() {
  mosquitto_disconnect_v5(client, 0, nullptr);
  mosquitto_loop_stop(client, false);
  mosquitto_destroy(client);
}

void MqttClient::Implementation::set_will(const MqttMessage& will) {
  PropertyList properties(will.properties);
  check(mosquitto_will_set_v5(client, will.topic.c_str(), static_cast<int>(will.payload.size()), will.payload.data(),
                              will.qos, will.retain, properties.get()),
        "will");
  properties.release();  // the library keeps it
}

void MqttClient::Implementation::set_callbacks() {
  mosquitto_connect_v5_callback_set(client, [](mosquitto*, void* self, int reason, int, const mosquitto_property*) {
    auto& it = *static_cast<Implementation*>(self);
    const std::lock_guard lock(it.mutex);
    it.connected = reason;
    it.changed.notify_all();
  });
  mosquitto_publish_v5_callback_set(client, [](mosquitto*, void* self, int id, int reason, const mosquitto_property*) {
    static_cast<Implementation*>(self)->acknowledge(id, reason, true);
  });
  mosquitto_subscribe_v5_callback_set(
      client, [](mosquitto*, void* self, int id, int, const int* granted, const mosquitto_property*) {
        static_cast<Implementation*>(self)->acknowledge(id, granted[0], false);
      });
  mosquitto_unsubscribe_v5_callback_set(client, [](mosquitto*, void* self, int id, const mosquitto_property*) {
    static_cast<Implementation*>(self)->acknowledge(id, 0, false);
  });
  mosquitto_message_v5_callback_set(
      client, [](mosquitto*, void* self, const mosquitto_message* message, const mosquitto_property* properties) {
        auto& it = *static_cast<Implementation*>(self);
        const std::lock_guard lock(it.mutex);
        const auto size = static_cast<std::size_t>(message->payloadlen);
        it.messages.push_back(
            {message->topic, size == 0 ? std::string() : std::string(static_cast<const char*>(message->payload), size),
             message->qos, message->retain, read_properties(properties)});
        ++it.received;
        it.changed.notify_all();
      });
}

void MqttClient::Implementation::acknowledge(int packet_id, int reason_code, bool publish) {
  const std::lock_guard lock(mutex);
  acknowledged[packet_id] = reason_code;
  if (publish) --unacknowledged_publishes;
  changed.notify_all();
}

int MqttClient::Implementation::send(const MqttMessage& message) {
  PropertyList properties(message.properties);
  int packet_id = 0;
  {
    const std::lock_guard lock(mutex);
    ++unacknowledged_publishes;
  }
  check(mosquitto_publish_v5(client, &packet_id, message.topic.c_str(), static_cast<int>(message.payload.size()),
                             message.payload.data(), message.qos, message.retain, properties.get()),
        "publish");
  return packet_id;
}

int MqttClient::Implementation::wait_acknowledged(int packet_id, Deadline deadline) {
  std::unique_lock lock(mutex);
  wait(lock, [&] { return acknowledged.contains(packet_id); }, deadline, "the broker does not acknowledge");
  return acknowledged.extract(packet_id).mapped();
}

MqttClient::MqttClient(const Endpoint& endpoint, MqttOptions options)
    : implementation_(std::make_unique<Implementation>(endpoint, options)) {}

MqttClient::~MqttClient() = default;

int MqttClient::subscribe(const std::string& filter, int qos, bool no_local) {
  int packet_id = 0;
  check(mosquitto_subscribe_v5(implementation_->client, &packet_id, filter.c_str(), qos,
                               no_local ? MQTT_SUB_OPT_NO_LOCAL : 0, nullptr),
        "subscribe");
  return implementation_->wait_acknowledged(packet_id, default_deadline());
}

void MqttClient::unsubscribe(const std::string& filter) {
  int packet_id = 0;
  check(mosquitto_unsubscribe_v5(implementation_->client, &packet_id, filter.c_str(), nullptr), "unsubscribe");
  implementation_->wait_acknowledged(packet_id, default_deadline());
}

int MqttClient::publish(const MqttMessage& message) {
  return implementation_->wait_acknowledged(implementation_->send(message), default_deadline());
}

int MqttClient::publish(const std::string& topic, const std::string& payload, int qos, bool retain) {
  return publish({.topic = topic, .payload = payload, .qos = qos, .retain = retain});
}

void MqttClient::publish_later(const MqttMessage& message) {
  implementation_->send(message);
}

void MqttClient::wait_published(Deadline deadline) {
  auto& it = *implementation_;
  std::unique_lock lock(it.mutex);
  it.wait(lock, [&] { return it.unacknowledged_publishes == 0; }, deadline, "the broker has not acknowledged all");
}

MqttMessage MqttClient::wait_message(const std::function<bool(const MqttMessage&)>& predicate, Deadline deadline) {
  auto& it = *implementation_;
  std::unique_lock lock(it.mutex);
  std::size_t looked_at = 0;
  const auto found = [&] {
    for (; looked_at < it.messages.size(); ++looked_at) {
      if (!predicate || predicate(it.messages[looked_at])) return true;
    }
    return false;
  };
  it.wait(lock, found, deadline, "the MQTT client has not received what the test waits for");
  auto message = std::move(it.messages[looked_at]);
  it.messages.erase(it.messages.begin() + static_cast<std::ptrdiff_t>(looked_at));
  return message;
}

std::vector<MqttMessage> MqttClient::messages_until_now() {
  auto& it = *implementation_;
  if (it.fence_topic.empty()) {
    it.fence_topic = unique_name("fence");
    subscribe(it.fence_topic, 1);
  }
  const auto mark = unique_name("mark");
  publish(it.fence_topic, mark, 1);
  std::vector<MqttMessage> result;
  while (true) {
    auto message = wait_message();
    if (message.topic == it.fence_topic && message.payload == mark) return result;
    result.push_back(std::move(message));
  }
}

std::size_t MqttClient::received_count() const {
  const std::lock_guard lock(implementation_->mutex);
  return implementation_->received;
}

void MqttClient::wait_received(std::size_t count, Deadline deadline) {
  auto& it = *implementation_;
  std::unique_lock lock(it.mutex);
  it.wait(lock, [&] { return it.received >= count; }, deadline, "the MQTT client has not received that many messages");
}

}  // namespace lobbyd::integration
