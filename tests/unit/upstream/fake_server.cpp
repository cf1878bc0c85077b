#include "tests/unit/upstream/fake_server.hpp"

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/encoder.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <variant>

namespace lobbyd::upstream {

namespace asio = boost::asio;
using asio::ip::tcp;

struct FakeServer::Session::Parser {
  mqtt::Decoder decoder;
  std::array<char, 65536> buffer{};
};

// Server ------------------------------------------------------------------------------------------------------

FakeServer::FakeServer(asio::io_context& loop, Script script)
    : acceptor_(loop, {asio::ip::make_address("127.0.0.1"), 0}), script_(std::move(script)) {
  accept();
}

FakeServer::~FakeServer() {
  for (const auto& session : sessions_) {
    session->server_ = nullptr;
    session->close();
  }
}

mqtt::BrokerUrl FakeServer::endpoint() const {
  return {mqtt::Carrier::tcp, "127.0.0.1", acceptor_.local_endpoint().port(), {}};
}

void FakeServer::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
    if (error) return;
    sessions_.push_back(std::make_shared<Session>(*this, std::move(socket), sessions_.size()));
    sessions_.back()->read();
    accept();
  });
}

std::vector<std::string> FakeServer::history_of(std::string_view role) const {
  std::vector<std::string> history;
  for (const Received& packet : received_) {
    if (!packet.client_id.ends_with(role)) continue;
    std::string text(name(packet.type));
    if (packet.type == mqtt::PacketType::connect) {
      text += " " + std::string(name(packet.version)) + (packet.clean_start ? " clean" : "");
    }
    history.push_back(text);
  }
  return history;
}

std::size_t FakeServer::connects() const {
  return static_cast<std::size_t>(std::ranges::count(received_, mqtt::PacketType::connect, &Received::type));
}

void FakeServer::close_all() {
  for (const auto& session : sessions_) session->close();
}

void FakeServer::resume_reading() {
  paused_ = false;
  for (const auto& session : sessions_) session->read();
}

// Session -----------------------------------------------------------------------------------------------------

FakeServer::Session::Session(FakeServer& server, tcp::socket socket, std::size_t number)
    : server_(&server), socket_(std::move(socket)), number_(number), parser_(std::make_unique<Parser>()) {}

FakeServer::Session::~Session() = default;

void FakeServer::Session::read() {
  if (!socket_.is_open() || server_->paused_) return;
  socket_.async_read_some(asio::buffer(parser_->buffer),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                            if (error || self->server_ == nullptr) return;
                            ++self->server_->reads_;
                            self->input_.append(self->parser_->buffer.data(), bytes);
                            self->parse();
                            self->read();
                          });
}

void FakeServer::Session::parse() {
  while (socket_.is_open()) {
    const auto header = mqtt::read_fixed_header(input_, 1U << 28U);
    if (!header) throw std::runtime_error("the client sent no MQTT");
    if (!*header || input_.size() < (*header)->packet_size()) return;
    const std::string body = input_.substr((*header)->size, (*header)->remaining_length);
    input_.erase(0, (*header)->packet_size());
    const auto packet = parser_->decoder.decode(**header, body);
    if (!packet) throw std::runtime_error("the client sent a malformed packet");
    note(*packet);
    server_->script_(*this, *packet);
  }
}

void FakeServer::Session::note(const mqtt::Packet& packet) {
  Received received{};
  received.session = number_;
  received.type = std::visit(
      []<typename Packet>(const Packet&) {
        if constexpr (requires { Packet::type; }) {
          return Packet::type;
        } else if constexpr (std::is_same_v<Packet, mqtt::Connect>) {
          return mqtt::PacketType::connect;
        } else if constexpr (std::is_same_v<Packet, mqtt::Publish>) {
          return mqtt::PacketType::publish;
        } else if constexpr (std::is_same_v<Packet, mqtt::Subscribe>) {
          return mqtt::PacketType::subscribe;
        } else if constexpr (std::is_same_v<Packet, mqtt::Unsubscribe>) {
          return mqtt::PacketType::unsubscribe;
        } else if constexpr (std::is_same_v<Packet, mqtt::Disconnect>) {
          return mqtt::PacketType::disconnect;
        } else if constexpr (std::is_same_v<Packet, mqtt::Pingreq>) {
          return mqtt::PacketType::pingreq;
        } else {
          return mqtt::PacketType::auth;
        }
      },
      packet);
  if (const auto* const connect = std::get_if<mqtt::Connect>(&packet)) {
    client_id_ = connect->client_id;
    version_ = connect->version;
    clean_start_ = connect->clean_start;
    received.version = connect->version;
    received.clean_start = connect->clean_start;
    received.expiry = connect->session_expiry;
  }
  if (const auto* const publish = std::get_if<mqtt::Publish>(&packet)) {
    received.packet_id = publish->packet_id;
    received.expiry = publish->properties.message_expiry.value_or(0);
  }
  received.client_id = client_id_;
  server_->received_.push_back(std::move(received));
}

void FakeServer::Session::send(const mqtt::Packet& packet) {
  std::string bytes;
  if (!encode(packet, version_, bytes)) throw std::runtime_error("the script sends what cannot be encoded");
  send_bytes(bytes);
}

void FakeServer::Session::send_bytes(std::string_view bytes) {
  boost::system::error_code ignored;
  asio::write(socket_, asio::buffer(bytes), ignored);
}

void FakeServer::Session::refuse(mqtt::ReasonCode reason) {
  mqtt::Connack connack;
  connack.reason = reason;
  send(connack);
  close();
}

void FakeServer::Session::close() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace lobbyd::upstream
