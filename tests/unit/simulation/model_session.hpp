#pragma once

// What a broker keeps for a client over connections (MQTT5 §4.1), and what it knows of it for good.

#include "tests/unit/simulation/records.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

namespace lobbyd::simulation {

// A copy of it is what a broker that saves from time to time finds after its restart.
struct ModelSession {
  struct Sent {
    Message message;
    std::uint16_t packet_id = 0;
    bool released = false;  // PUBREC has come
    bool on_link = false;
  };

  bool exists = false;
  bool is_in_use = false;  // the client has seen a CONNACK for it: a broker sends what was subscribed to, so not before
  std::map<std::uint16_t, unsigned> received;  // QoS 2, awaiting PUBREL: numbers by packet identifier
  std::deque<Sent> sent;
  std::uint16_t last_packet_id = 0;
  std::map<std::string, mqtt::QoS> subscriptions;
  std::set<unsigned> seen;  // numbers that came at QoS 1 or 2, so whose repetition has to be marked
};

// What no restart changes: what has happened, and what other clients have sent to this one.
struct ModelRecords {
  NumbersByQos accepted;               // from the client
  std::set<unsigned> refused;          // from the client, once or more often
  std::map<unsigned, unsigned> begun;  // to the client at QoS 1 and 2: when how many sessions had been forgotten
  std::set<unsigned> finished;         // to the client, acknowledged in full
  std::set<unsigned> sent_again;       // to the client, so marked as repetitions
  std::deque<Message> waiting;         // for the client
  unsigned sessions_forgotten = 0;
  bool client_abandons = false;  // and so sends PUBREL, in no order, also where no PUBREC has reached it
};

}  // namespace lobbyd::simulation
