#pragma once

// A broker as far as one client sees it, for simulations: one session, QoS 1 and 2 in both directions, sent again after
// a reconnect, receive maximum and topic aliases. It trusts nobody: what the client must not do becomes a complaint.

#include "protocol/mqtt/decoder.hpp"
#include "protocol/mqtt/packets.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::mqtt::test {

// Messages are told apart by QoS and number; the number is the payload.
struct NumberedMessage {
  QoS qos = QoS::at_most_once;
  unsigned number = 0;
};

// Long enough for aliases to be worth it.
inline constexpr std::array<std::string_view, 3> model_topics = {"game/players/ann", "game/players/bob", "game/world"};
std::string_view topic_of(NumberedMessage message);

class ModelBroker {
 public:
  struct Limits {
    std::uint16_t receive_maximum = 65'535;
    std::uint16_t topic_alias_maximum = 0;
  };

  // A connection stands; CONNECT is still to come. `limits` are told in MQTT 5.
  void link_up(Limits limits);
  // The session stays.
  void link_lost();
  void lose_session();

  void receive(std::string_view bytes);
  std::string take_output();

  // To the client, as soon as its receive maximum lets it through.
  void send(NumberedMessage message);

  // Whether nothing waits for the client.
  bool is_idle() const { return waiting_.empty() && sent_.empty(); }
  // Numbers in the order in which they were accepted from the client.
  const std::vector<unsigned>& accepted(QoS qos) const { return accepted_[static_cast<std::size_t>(qos)]; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Sent {
    NumberedMessage message;
    std::uint16_t packet_id = 0;
    bool released = false;  // PUBREC has come
    bool on_link = false;
  };

  void handle(const FixedHeader& header, std::string_view body);
  void on_packet(const Connect& connect);
  void on_packet(const Publish& publish);
  void on_packet(const Puback& puback);
  void on_packet(const Pubrec& pubrec);
  void on_packet(const Pubrel& pubrel);
  void on_packet(const Pubcomp& pubcomp);
  template <class Packet>
  void on_packet(const Packet& packet);

  std::string_view resolve(const Publish& publish);
  void accept(const Publish& publish);
  void check_answer_order(QoS qos, std::uint16_t packet_id);
  Sent* find_sent(std::uint16_t packet_id);
  void finish(std::uint16_t packet_id);
  void write_publish(Sent& sent, bool duplicate);
  bool has_room() const;
  void send_waiting();
  template <class Packet>
  void write(const Packet& packet);
  void complain_unless(bool condition, std::string_view complaint);

  Decoder decoder_;
  Version version_ = Version::v5;
  std::string input_;
  std::string output_;
  Limits limits_;

  // The session.
  bool has_session_ = false;
  std::set<std::uint16_t> received_;  // QoS 2, awaiting PUBREL
  std::deque<Sent> sent_;
  std::deque<NumberedMessage> waiting_;
  std::uint16_t last_packet_id_ = 0;

  // The connection.
  bool is_connected_ = false;
  bool is_resumed_ = false;
  std::set<std::uint16_t> unanswered_;  // QoS 1 and 2 from the client, until PUBACK or PUBCOMP is on its way
  std::map<std::uint16_t, std::string> client_aliases_;
  std::set<std::string_view> own_aliases_;
  std::array<std::deque<std::uint16_t>, 3> awaiting_answer_;  // by QoS: PUBACK and PUBREC have to come in this order
  std::size_t client_receive_maximum_ = 0;
  std::uint16_t client_alias_maximum_ = 0;

  std::array<std::vector<unsigned>, 3> accepted_;
  std::vector<std::string> complaints_;
};

}  // namespace lobbyd::mqtt::test
