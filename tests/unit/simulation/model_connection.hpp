#pragma once

// The broker's side of one connection. It trusts nobody: what the client must not do is a rule broken.

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/packets.hpp"
#include "tests/unit/simulation/dice.hpp"
#include "tests/unit/simulation/journal.hpp"
#include "tests/unit/simulation/model_session.hpp"
#include "tests/unit/simulation/records.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lobbyd::simulation {

// What CONNACK says.
struct ModelLimits {
  mqtt::ReasonCode refusal = mqtt::ReasonCode::success;
  std::uint16_t receive_maximum = 65'535;
  std::uint16_t topic_alias_maximum = 0;
  std::optional<std::uint16_t> keep_alive;  // seconds
  bool refuses_some = false;                // of the messages
};

class ModelConnection {
 public:
  // All outlive this object.
  struct Surroundings {
    ModelSession& session;
    ModelRecords& records;
    Journal& journal;
    Dice& dice;
  };

  ModelConnection(Surroundings surroundings, ModelLimits limits);

  // Whether the connection shall go on. The session is this connection's from its CONNECT on, as long as the broker
  // hands it bytes.
  bool receive(std::string_view bytes);
  // Sends what waits for the client, as far as its receive maximum lets it through.
  void send_waiting();
  void disconnect(mqtt::ReasonCode reason);

  std::string take_output();
  bool is_connected() const { return is_connected_; }
  // 0 is off.
  std::chrono::seconds keep_alive() const { return keep_alive_; }

 private:
  void handle(const mqtt::FixedHeader& header, std::string_view body);
  void on_packet(const mqtt::Connect& connect);
  void on_packet(const mqtt::Publish& publish);
  void on_packet(const mqtt::Puback& puback);
  void on_packet(const mqtt::Pubrec& pubrec);
  void on_packet(const mqtt::Pubrel& pubrel);
  void on_packet(const mqtt::Pubcomp& pubcomp);
  void on_packet(const mqtt::Subscribe& subscribe);
  void on_packet(const mqtt::Unsubscribe& unsubscribe);
  void on_packet(const mqtt::Pingreq& pingreq);
  void on_packet(const mqtt::Disconnect& disconnect);
  template <class Packet>
  void on_packet(const Packet& packet);

  void open_session(bool clean_start);
  unsigned number_of(const mqtt::Publish& publish);
  void check_repetition(const mqtt::Publish& publish, unsigned number);
  bool refuses(const mqtt::Publish& publish);
  void on_once_at_least(const mqtt::Publish& publish, unsigned number);
  void on_exactly_once(const mqtt::Publish& publish, unsigned number);
  void check_answer_order(mqtt::QoS qos, std::uint16_t packet_id);
  ModelSession::Sent* find_sent(std::uint16_t packet_id);
  void finish(std::uint16_t packet_id, mqtt::QoS qos);
  void send_first_time(Message message);
  void write_publish(ModelSession::Sent& sent, bool duplicate);
  bool has_room() const;
  template <class Reply>
  void reply(std::uint16_t packet_id, mqtt::ReasonCode reason = mqtt::ReasonCode::success);
  template <class Packet>
  void write(const Packet& packet);

  ModelSession& session_;
  ModelRecords& records_;
  Journal& journal_;
  Dice& dice_;
  ModelLimits limits_;
  mqtt::Decoder decoder_;
  mqtt::Version version_ = mqtt::Version::v5;
  std::string input_;
  std::string output_;
  bool is_connected_ = false;
  bool is_over_ = false;
  bool is_resumed_ = false;
  std::chrono::seconds keep_alive_{0};
  std::set<std::uint16_t> unanswered_;  // QoS 1 and 2 from the client, until PUBACK or PUBCOMP is on its way
  unsigned last_published_ = 0;         // at QoS 1 and 2
  unsigned last_released_ = 0;
  std::map<std::uint16_t, std::string> client_aliases_;
  std::set<std::string_view> own_aliases_;
  std::array<std::deque<std::uint16_t>, 3> awaiting_answer_;  // by QoS: PUBACK and PUBREC have to come in this order
  std::size_t client_receive_maximum_ = 0;
  std::uint16_t client_alias_maximum_ = 0;
};

}  // namespace lobbyd::simulation
