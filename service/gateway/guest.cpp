#include "service/gateway/guest.hpp"

#include "protocol/websocket/frame.hpp"
#include "service/gateway/departure.hpp"
#include "service/gateway/random_name.hpp"

#include <memory>
#include <utility>

namespace lobbyd::gateway {

Guest::Guest(std::shared_ptr<WebSocketConnection> connection, std::string address, hub::BrokerHub& broker)
    : connection_(std::move(connection)), address_(std::move(address)), broker_(broker) {
  std::string name = "guest-" + random_name<128>();
  client_ = &broker_.hub().attach(name, name, *this, std::nullopt);
  apps().arrive(*client_);
}

Guest::~Guest() = default;

void Guest::send(std::string_view text) {
  connection_->send(std::make_shared<const std::string>(websocket::encode_frame(websocket::Opcode::text, text)),
                    Outbox::Class::reliable);
}

void Guest::close(std::uint16_t code, std::string_view reason) {
  leave(hub::Departure::lost);
  connection_->close_with(code, reason);
}

void Guest::drain() {
  leave(hub::Departure::drained);
  connection_->close(api::CloseCode::service_restart, hub::reconnect_after);
}

void Guest::leave(hub::Departure departure) {
  if (hub::Client* const client = std::exchange(client_, nullptr)) {
    on_leaving(departure == hub::Departure::drained);
    detach_client(broker_, *client, departure);
  }
}

void Guest::on_end(std::unique_ptr<Outbox> /*rest*/) {
  leave(hub::Departure::lost);
}

void Guest::on_displaced(bool /*vanished*/) {
  close(static_cast<std::uint16_t>(api::CloseCode::taken_over), "session_taken_over");
}

}  // namespace lobbyd::gateway
