#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "protocol/mqtt/packets.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::upstream {

// A server on 127.0.0.1 that does what a test's script says.
class FakeServer {
 public:
  class Session;

  // What was received, in the order in which it came, of all sessions.
  struct Received {
    std::size_t session;  // counted from 0 as they were accepted
    std::string client_id;
    mqtt::PacketType type;
    mqtt::Version version;        // of a CONNECT
    bool clean_start;             // of a CONNECT
    std::uint32_t expiry = 0;     // of a CONNECT's session, of a PUBLISH
    std::uint16_t packet_id = 0;  // of a PUBLISH
  };

  // Called for each packet received.
  using Script = std::function<void(Session&, const mqtt::Packet&)>;

  FakeServer(boost::asio::io_context& loop, Script script);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  mqtt::BrokerUrl endpoint() const;
  const std::vector<Received>& received() const { return received_; }
  // Of the client id that ends so, as for example "CONNECT 5 clean", "DISCONNECT", "PUBLISH".
  std::vector<std::string> history_of(std::string_view role) const;
  std::size_t connects() const;
  // How often something was read.
  std::size_t reads() const { return reads_; }
  // All present sessions.
  void close_all();
  void pause_reading() { paused_ = true; }
  void resume_reading();

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  Script script_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::vector<Received> received_;
  std::size_t reads_ = 0;
  bool paused_ = false;
};

class FakeServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(FakeServer& server, boost::asio::ip::tcp::socket socket, std::size_t number);
  ~Session();

  void send(const mqtt::Packet& packet);
  // As given, of whatever version.
  void send_bytes(std::string_view bytes);
  void accept() { send(mqtt::Connack{}); }
  void refuse(mqtt::ReasonCode reason);
  void close();

  const std::string& client_id() const { return client_id_; }
  mqtt::Version version() const { return version_; }
  bool clean_start() const { return clean_start_; }

 private:
  friend class FakeServer;
  struct Parser;

  void read();
  void parse();
  void note(const mqtt::Packet& packet);

  FakeServer* server_;  // null once it is gone
  boost::asio::ip::tcp::socket socket_;
  std::size_t number_;
  std::unique_ptr<Parser> parser_;
  std::string input_;
  std::string client_id_;
  mqtt::Version version_ = mqtt::Version::v5;
  bool clean_start_ = true;
};

}  // namespace lobbyd::upstream
