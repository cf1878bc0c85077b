// libmosquitto in its cheapest form: no thread, the socket in a poll(2) of our own. Its own loops look at a socket pair
// besides, and with a thread each publish takes locks and wakes it.

#include "tests/bench/libraries/peer.hpp"

#include <algorithm>
#include <mosquitto.h>
#include <poll.h>
#include <stdexcept>

namespace lobbyd::bench {
namespace {

void check(int result) {
  if (result != MOSQ_ERR_SUCCESS) throw std::runtime_error(mosquitto_strerror(result));
}

class LibmosquittoPeer final : public Peer {
 public:
  LibmosquittoPeer() : client_(make_client(this)) {
    mosquitto_connect_callback_set(client_, [](mosquitto*, void* self, int result) {
      if (result != 0) throw std::runtime_error("the broker refuses");
      static_cast<LibmosquittoPeer*>(self)->connected_ = true;
    });
    mosquitto_publish_callback_set(
        client_, [](mosquitto*, void* self, int) { static_cast<LibmosquittoPeer*>(self)->on_published(); });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<LibmosquittoPeer*>(self)->subscribed_ = true;
    });
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message*) {
      ++static_cast<LibmosquittoPeer*>(self)->received_;
    });
  }
  LibmosquittoPeer(const LibmosquittoPeer&) = delete;
  LibmosquittoPeer& operator=(const LibmosquittoPeer&) = delete;
  ~LibmosquittoPeer() override {
    mosquitto_destroy(client_);
    mosquitto_lib_cleanup();
  }

  void connect(std::uint16_t port, std::uint16_t window) override {
    check(mosquitto_int_option(client_, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5));
    check(mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1));
    check(mosquitto_int_option(client_, MOSQ_OPT_SEND_MAXIMUM, window));
    check(mosquitto_int_option(client_, MOSQ_OPT_RECEIVE_MAXIMUM, 65535));
    check(mosquitto_connect(client_, "127.0.0.1", port, 60));
    run_until([this] { return connected_; });
  }

  void publish(const Load& load) override {
    load_ = &load;
    sent_ = 0;
    answered_ = 0;
    if (load.qos == 0) {
      // Each call writes at once; only what the socket does not take waits for the loop.
      while (sent_ < load.messages) {
        send();
        run_until([this] { return !mosquitto_want_write(client_); });
      }
    } else {
      while (sent_ < std::min(load.outstanding, load.messages)) send();
    }
    run_until([&] { return answered_ == load.messages; });
  }

  void subscribe(const std::string& filter, int qos) override {
    check(mosquitto_subscribe(client_, nullptr, filter.c_str(), qos));
    run_until([this] { return subscribed_; });
  }

  void receive(std::size_t messages) override {
    run_until([&] { return received_ >= messages; });
  }

 private:
  static mosquitto* make_client(LibmosquittoPeer* self) {
    check(mosquitto_lib_init());
    auto* const client = mosquitto_new(nullptr, true, self);
    if (client == nullptr) throw std::runtime_error("mosquitto_new");
    return client;
  }

  template <typename Predicate>
  void run_until(Predicate predicate) {
    while (!predicate()) turn();
  }

  void turn() {
    const bool wants_write = mosquitto_want_write(client_);
    pollfd socket{mosquitto_socket(client_), static_cast<short>(wants_write ? POLLIN | POLLOUT : POLLIN), 0};
    if (::poll(&socket, 1, 1000) == 0) check(mosquitto_loop_misc(client_));
    if ((socket.revents & POLLOUT) != 0) check(mosquitto_loop_write(client_, 1));
    if ((socket.revents & ~POLLOUT) != 0) check(mosquitto_loop_read(client_, 1));
  }

  void send() {
    ++sent_;
    check(mosquitto_publish(client_, nullptr, load_->topic.c_str(), static_cast<int>(load_->payload.size()),
                            load_->payload.data(), load_->qos, false));
  }

  void on_published() {
    ++answered_;
    if (load_->qos > 0 && sent_ < load_->messages) send();
  }

  mosquitto* client_;
  const Load* load_ = nullptr;
  bool connected_ = false;
  bool subscribed_ = false;
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::size_t received_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer() {
  return std::make_unique<LibmosquittoPeer>();
}

}  // namespace lobbyd::bench
