// Paho C's asynchronous client. It always has threads of its own; what follows an answer is sent from its callback,
// which spares waking another thread.

#include "tests/bench/libraries/peer.hpp"

#include <MQTTAsync.h>
#include <algorithm>
#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <unistd.h>

namespace lobbyd::bench {
namespace {

void check(int result) {
  if (result != MQTTASYNC_SUCCESS) throw std::runtime_error("Paho C fails with " + std::to_string(result));
}

class PahoCPeer final : public Peer {
 public:
  PahoCPeer() = default;
  PahoCPeer(const PahoCPeer&) = delete;
  PahoCPeer& operator=(const PahoCPeer&) = delete;
  ~PahoCPeer() override { MQTTAsync_destroy(&client_); }

  void connect(std::uint16_t port, std::uint16_t window) override {
    MQTTAsync_createOptions creation = MQTTAsync_createOptions_initializer5;
    const auto url = "tcp://127.0.0.1:" + std::to_string(port);
    const auto id = "bench-" + std::to_string(::getpid());
    check(MQTTAsync_createWithOptions(&client_, url.c_str(), id.c_str(), MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                                      &creation));
    check(MQTTAsync_setCallbacks(client_, this, nullptr, on_message, nullptr));
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
    options.cleanstart = 1;
    options.keepAliveInterval = 60;
    options.maxInflight = window;
    options.onSuccess5 = [](void* self, MQTTAsync_successData5*) { static_cast<PahoCPeer*>(self)->done_.release(); };
    options.onFailure5 = on_failure;
    options.context = this;
    MQTTProperties properties = MQTTProperties_initializer;
    MQTTProperty receive_maximum{};
    receive_maximum.identifier = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM;
    receive_maximum.value.integer2 = 65535;
    check(MQTTProperties_add(&properties, &receive_maximum));
    options.connectProperties = &properties;
    check(MQTTAsync_connect(client_, &options));
    done_.acquire();
    MQTTProperties_free(&properties);
  }

  void publish(const Load& load) override {
    load_ = &load;
    answered_ = 0;
    const auto first = std::min(load.outstanding, load.messages);
    sent_ = first;
    for (std::size_t i = 0; i < first; ++i) send();
    done_.acquire();
  }

  void subscribe(const std::string& filter, int qos) override {
    auto options = response_options();
    options.onSuccess5 = [](void* self, MQTTAsync_successData5*) { static_cast<PahoCPeer*>(self)->done_.release(); };
    check(MQTTAsync_subscribe(client_, filter.c_str(), qos, &options));
    done_.acquire();
  }

  void receive(std::size_t messages) override {
    awaited_ = messages;
    for (auto received = received_.load(); received < messages; received = received_.load()) received_.wait(received);
  }

 private:
  MQTTAsync_responseOptions response_options() {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.onFailure5 = on_failure;
    options.context = this;
    return options;
  }

  void send() {
    auto options = response_options();
    options.onSuccess5 = on_published;
    check(MQTTAsync_send(client_, load_->topic.c_str(), static_cast<int>(load_->payload.size()), load_->payload.data(),
                         load_->qos, 0, &options));
  }

  // At QoS 0 by the sending thread, else by the receiving one; never by both at once.
  static void on_published(void* self, MQTTAsync_successData5*) {
    auto& it = *static_cast<PahoCPeer*>(self);
    const auto& load = *it.load_;
    const bool more = it.sent_.fetch_add(1) < load.messages;
    if (more) it.send();
    if (++it.answered_ == load.messages) it.done_.release();
  }

  static int on_message(void* self, char* topic, int, MQTTAsync_message* message) {
    auto& it = *static_cast<PahoCPeer*>(self);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    // Waking the waiting thread for each message would be the benchmark's cost, not the library's.
    if (++it.received_ == it.awaited_) it.received_.notify_one();
    return 1;
  }

  static void on_failure(void*, MQTTAsync_failureData5* failure) {
    throw std::runtime_error("Paho C: failure " + std::to_string(failure->code));
  }

  MQTTAsync client_ = nullptr;
  const Load* load_ = nullptr;
  std::binary_semaphore done_{0};
  std::atomic<std::size_t> sent_ = 0;
  std::atomic<std::size_t> answered_ = 0;
  std::atomic<std::size_t> received_ = 0;
  std::atomic<std::size_t> awaited_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer() {
  return std::make_unique<PahoCPeer>();
}

}  // namespace lobbyd::bench
