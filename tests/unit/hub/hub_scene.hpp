#pragma once

// A hub, and the broker that it is connected to, played by the test.

#include "service/hub/hub.hpp"
#include "tests/unit/upstream/fake_server.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::hub {

// A client of the hub: what it gets, in order, as text: "topic=payload", with " retained" behind a retained copy.
class Player final : public Receiver {
 public:
  void deliver(const Delivery& delivery) override;
  void on_broker_status(const upstream::BrokerStatus&) override {}
  void notify(const Notice& /*notice*/) override {}
  void on_displaced(bool) override {}
  void on_wills_published() override {}

  Client* client = nullptr;
  std::vector<std::string> seen;
  int deliveries = 0;
};

class HubScene : public upstream::LoopTest {
 protected:
  // A SUBSCRIBE that reads retained messages; the test answers it.
  struct Read {
    std::uint16_t packet_id = 0;
    std::vector<std::string> filters;  // the mark is the last
    std::string mark;                  // what was published to its topic before
  };

  // Connects, and answers the first read, which shows how the broker answers: a broker that is not `orderly` lets
  // neither the mark nor the echo pass.
  void connect(Options options = {}, bool orderly = true);
  std::unique_ptr<Player> player(const std::string& name);
  // The answer goes to the player's `seen`: "granted exact", "error timeout" and the like.
  void subscribe(Player& player, std::vector<std::string> filters);
  void read_retained(Player& player, const std::string& filter);
  // "published", or the error with its code of MQTT where it has one: "error broker_refused 155".
  void publish(Player& player, const std::string& topic, const std::string& payload, int qos, bool retain = false);

  // What the broker does.
  bool wait_for_read();  // one that has not been answered; it is `read_` then
  void grant();
  void bring(std::string_view topic, std::string_view payload);
  void bring_mark() { bring(mark_topic_, read_.mark); }
  void echo();
  void answer_read();  // all of it, with no copies
  void publish_live(std::string_view topic, std::string_view payload);
  void break_link() { server_.close_all(); }

  bool saw(const Player& player, std::string_view text);

  mqtt::Connack connack_;  // how the broker takes connections
  upstream::ProtocolChoice protocol_ = upstream::ProtocolChoice::v5;
  upstream::BrokerOptions broker_options_;                    // besides what the scene needs
  std::vector<std::pair<std::string, mqtt::QoS>> published_;  // by clients: topics
  std::vector<Read> reads_;                                   // that wait for their answers
  Read read_;                                                 // the one being answered
  std::function<bool(const std::string&)> grants_             // whether a client's filter is granted at once
      = [](const std::string&) { return true; };
  std::set<std::string> subscribed_;     // the clients' filters that came
  std::function<void()> grant_filters_;  // answers the last SUBSCRIBE that was not granted at once

  void script(upstream::FakeServer::Session& session, const mqtt::Packet& packet);
  void take_subscribe(upstream::FakeServer::Session& session, const mqtt::Subscribe& subscribe);
  void take_publish(upstream::FakeServer::Session& session, const mqtt::Publish& publish);
  static void acknowledge(upstream::FakeServer::Session& session, std::uint16_t packet_id, std::size_t count);
  void send(const std::string& role, std::string_view topic, std::string_view payload, bool retain);

  upstream::FakeServer server_{
      loop_, [this](upstream::FakeServer::Session& session, const mqtt::Packet& packet) { script(session, packet); }};
  std::map<std::string, upstream::FakeServer::Session*> sessions_;  // by the end of the client id
  std::string mark_topic_;
  std::string mark_;
  std::string echo_topic_;
  std::string echo_;
  mqtt::QoS echo_qos_ = mqtt::QoS::exactly_once;
  std::optional<Hub> hub_;
};

}  // namespace lobbyd::hub
