#pragma once

// A session whose connection is lost, for as long as it is kept: the hub's client stays, and what comes for it waits.
//
// One loop.

#include "protocol/api/params.hpp"
#include "service/gateway/outbox.hpp"
#include "service/gateway/presentation.hpp"
#include "service/hub/broker_hub.hpp"
#include "service/hub/hub.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::gateway {

class KeptSessions;

// What makes a session one that can be taken up again.
struct Terms {
  std::string secret;
  std::optional<std::string> broker;  // as the client asked for it
  std::chrono::seconds expiry{0};
  std::uint64_t notified = 0;  // no notification has a higher number
};

class KeptSession final : public hub::Receiver {
 public:
  struct Parts {
    std::string client_id;
    std::shared_ptr<hub::BrokerHub> broker;
    hub::Client* client = nullptr;  // attached there
    Presentation presentation;
    Terms terms;
    std::unique_ptr<Outbox> outbox;  // without a connection
  };

  explicit KeptSession(Parts parts) : parts_(std::move(parts)) {}

  void deliver(const hub::Delivery& delivery) override;
  void notify(const hub::Notice& notice) override;
  // A client that comes back learns the state by `connect`.
  void on_broker_status(const upstream::BrokerStatus& /*status*/) override {}
  // Told of those that are connected alone.
  void on_displaced(bool /*vanished*/) override {}
  void on_wills_published() override {}

  const std::string& client_id() const { return parts_.client_id; }
  const Parts& parts() const { return parts_; }
  Parts take() { return std::move(parts_); }

  // It has been given up: soon it ends.
  bool is_lost() const { return parts_.outbox == nullptr; }
  std::size_t held_bytes() const { return is_lost() ? 0 : parts_.outbox->held_bytes(); }

 private:
  friend KeptSessions;

  void push(Frame frame, Outbox::Class frame_class, const FilterName& filter, std::string_view topic,
            std::uint32_t messages);

  Parts parts_;
  KeptSessions* owner_ = nullptr;
  std::chrono::steady_clock::time_point ends_;
};

// Whether it is this session that `connect` means, and the client takes things as it did: what waits is framed, and
// perhaps compressed, already. `deflater`: of the connection by which it comes back.
bool means(const api::ConnectParams& params, const websocket::Deflater* deflater, const Terms& terms,
           const Presentation& presentation, const hub::BrokerHub& broker);

}  // namespace lobbyd::gateway
