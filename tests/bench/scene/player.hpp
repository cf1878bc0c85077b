#pragma once

#include "protocol/api/params.hpp"
#include "service/gateway/outbox.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/uio.h>
#include <vector>

namespace lobbyd::bench {

// A client as the gateway has it: what it gets goes into an outbox, as in gateway::Session, and out of it into a socket
// that takes everything.
class Player final : public hub::Receiver {
 public:
  // `dirty` gets those that have something to write.
  Player(const std::string& name, std::vector<Player*>& dirty)
      : client_(std::make_shared<hub::Client>(name, name, *this)), dirty_(dirty) {}

  void deliver(const hub::Delivery& delivery) override {
    const hub::Message& message = *delivery.message;
    if (outbox_.empty()) {
      dirty_.push_back(this);
    }
    outbox_.push(
        message.frame({.qos = delivery.qos, .retained = delivery.retained}, {}),
        delivery.qos == mqtt::QoS::at_most_once ? gateway::Outbox::Class::droppable : gateway::Outbox::Class::reliable,
        delivery.filter, message.topic(), static_cast<std::uint32_t>(message.count()));
  }
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const hub::Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}

  void write(std::span<iovec> pieces) {
    while (!outbox_.empty()) {
      std::size_t size = 0;
      for (const iovec& piece : outbox_.gather(pieces)) {
        size += piece.iov_len;
      }
      outbox_.written(size);
      bytes_ += size;
    }
  }

  // It has a session that can be taken up again.
  void remember() { outbox_.remember(); }
  hub::Client& client() { return *client_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<hub::Client> client_;
  std::vector<Player*>& dirty_;
  gateway::Outbox::Limits limits_;
  gateway::Outbox outbox_{limits_};
  std::size_t bytes_ = 0;
};

}  // namespace lobbyd::bench
