#pragma once

// A client with a virtual clock, and the other end of its connection.

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/decoder.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt::test {

ClientOptions test_options();

// Writes down what is reported, one line each.
class EventLog final : public ClientEvents {
 public:
  void on_connected(const ServerLimits& limits) override;
  void on_publish(const Publish& publish) override;
  void on_published(Tag tag, ReasonCode reason) override;
  void on_subscribed(Tag tag, std::span<const ReasonCode> reasons) override;
  void on_unsubscribed(Tag tag, std::span<const ReasonCode> reasons) override;
  void on_failed(const Failure& failure) override;

  // Who acknowledges each message while it is being reported; nobody if null.
  void acknowledge_by(Client* client) { acknowledge_by_ = client; }
  std::vector<std::string> take();

 private:
  std::vector<std::string> lines_;
  Client* acknowledge_by_ = nullptr;
};

// Holds the received bytes as a transport would: what a client leaves unused comes again in front of the next.
class ClientDriver {
 public:
  explicit ClientDriver(ClientOptions options = test_options()) : client(std::move(options), log) {}

  void open(Version version, bool clean_start);
  void receive(std::string_view bytes);
  void receive_byte_by_byte(std::string_view bytes);
  void closed();
  // Lets the time pass, with handle_timeout() at each deadline on the way.
  void wait(std::chrono::milliseconds duration);
  // The packets that the client has put into its output since.
  std::vector<std::string> sent();

  EventLog log;
  Client client;
  TimePoint now{std::chrono::hours(1)};

 private:
  std::string received_;
  Decoder decoder_;
};

}  // namespace lobbyd::mqtt::test
