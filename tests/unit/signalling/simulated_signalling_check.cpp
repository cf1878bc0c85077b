// What has become of it in the end.

#include "tests/unit/signalling/simulated_signalling.hpp"

#include <string>
#include <utility>

namespace lobbyd::apps::test {
namespace {

std::string text_of(const std::set<PeerId>& ids) {
  std::string text;
  for (const PeerId id : ids) {
    text += ' ' + std::to_string(id);
  }
  return text;
}

}  // namespace

// Where nothing befalls anybody nobody ever has an id that another has.
void SimulatedSignalling::check_uniqueness() {
  if (!course_.calm()) {
    return;
  }
  std::set<PeerId> ids;
  for (const SignalClient& client : clients_) {
    if (client.peer != 0 && !ids.insert(client.peer).second) {
      fault("two have the id " + std::to_string(client.peer));
    }
  }
}

std::set<PeerId> SimulatedSignalling::expected_peers() const {
  std::set<PeerId> ids;
  for (const SignalClient& client : clients_) {
    if (client.peer != 0) {
      ids.insert(client.peer);
    }
  }
  return ids;
}

void SimulatedSignalling::check_room(const SignalRoom& room, const std::string& where) {
  std::set<PeerId> ids;
  for (const PeerView& peer : room.peers()) {
    ids.insert(peer.id);
  }
  if (ids != expected_peers()) {
    fault(where + " has other peers:" + text_of(ids) + " and not" + text_of(expected_peers()));
  }
  if (room.host() != instances_[0].room->host() || room.sealed() != instances_[0].room->sealed()) {
    fault(where + " has another host or seal");
  }
}

void SimulatedSignalling::check_client(const SignalClient& client) {
  if (client.waits) {
    fault(client.id + " has no answer");
  }
  if (client.peer == 0) {
    return;
  }
  std::set<PeerId> expected = expected_peers();
  expected.erase(client.peer);
  if (client.mode == SignalMode::host && client.peer != host_peer) {
    expected = {host_peer};
  }
  if (client.peers != expected) {
    fault(client.id + " was told of other peers:" + text_of(client.peers) + " and not" + text_of(expected));
  }
  if (client.sealed != instances_[0].room->sealed()) {
    fault(client.id + " was not told of the seal");
  }
  for (const SignalClient& sender : clients_) {
    const auto sent = sender.peer == 0 ? sender.sent.end() : sender.sent.find(client.stay);
    if (course_.calm() && sent != sender.sent.end() && client.received.contains(sender.stay) &&
        client.received.at(sender.stay) != sent->second) {
      fault(client.id + " misses messages of " + sender.id);
    }
  }
}

void SimulatedSignalling::check() {
  std::set<PeerId> ids;
  for (const SignalClient& client : clients_) {
    check_client(client);
    if (client.peer != 0 && !ids.insert(client.peer).second) {
      fault("two have the id " + std::to_string(client.peer));
    }
  }
  for (const Instance& instance : instances_) {
    check_room(*instance.room, instance.name);
  }
  if (!course_.cluster) {
    Surroundings surroundings{.prefix = std::string(prefix), .instance = "reader"};
    SignalRoom anew(surroundings, [] { return 0U; }, "r", {});
    SignalOutput out;
    anew.begin_reading();
    for (const auto& [topic, payload] : broker_.retained()) {
      anew.on_message(topic, payload, now(instances_[0]), out);
    }
    anew.end_reading(false, now(instances_[0]), out);
    check_room(anew, "who comes now");
  }
}

}  // namespace lobbyd::apps::test
