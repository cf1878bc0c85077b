#include "tests/unit/signalling/simulated_signalling.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace lobbyd::apps::test {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t start_ms = 1'760'000'000'000;
constexpr std::size_t nodes = 3;

}  // namespace

// Who reads a cluster's retained messages after a break may find another node's view of them: no rule of ours mends it.
SimulatedSignalling::Course SimulatedSignalling::course_from(Dice& dice) {
  const bool cluster = dice.one_in(4);
  return {.cluster = cluster,
          .cuts = dice.one_in(2) && !cluster,
          .kills = dice.one_in(2) && !cluster,
          .seals = dice.one_in(3),
          .modes_mix = dice.one_in(6),
          .mode = dice.one_in(2) ? SignalMode::host : SignalMode::mesh};
}

// In a cluster claims settle within half a second only if messages pass through it faster than that.
SimulatedSignalling::SimulatedSignalling(std::uint32_t seed, std::ostream* everything)
    : dice_(seed),
      everything_(everything),
      course_(course_from(dice_)),
      broker_(schedule_, dice_, simulation::Duration(1 + dice_.below(course_.cluster ? 120 : 600)),
              course_.cluster ? nodes : 1) {
  instances_.resize(2 + dice_.below(4));
  for (std::size_t index = 0; index < instances_.size(); ++index) {
    instances_[index].name = "i" + std::to_string(index);
    instances_[index].skew_ms = static_cast<std::int64_t>(dice_.below(4'000)) - 2'000;
    start(index);
  }
  clients_.resize(3 + dice_.below(6));
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    clients_[index].id = "c" + std::to_string(index);
  }
}

SimulatedSignalling::~SimulatedSignalling() = default;

Moment SimulatedSignalling::now(const Instance& instance) const {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(schedule_.now() - start_);
  return {.steady = schedule_.now(), .unix_ms = start_ms + passed.count() + instance.skew_ms};
}

void SimulatedSignalling::note(const std::string& text) {
  if (everything_ != nullptr) {
    const std::chrono::duration<double> time = schedule_.now() - start_;
    *everything_ << time.count() << " s  " << text << '\n';
  }
}

void SimulatedSignalling::fault(const std::string& text) {
  note("FAULT " + text);
  faults_.push_back(text);
}

// Instances -----------------------------------------------------------------------------------------------------------

template <class Action>
void SimulatedSignalling::on_room(std::size_t index, Action action) {
  SignalOutput out;
  action(*instances_[index].room, now(instances_[index]), out);
  see_to(index, std::move(out));
  tick(index);
}

// Few ids, so that many want the same.
void SimulatedSignalling::start(std::size_t index) {
  Instance& instance = instances_[index];
  instance.run = ++runs_;
  instance.surroundings = std::make_unique<Surroundings>(std::string(prefix), instance.name);
  instance.room = std::make_unique<SignalRoom>(
      *instance.surroundings, [this] { return dice_.below(25); }, "r",
      SignalRoom::Settings{.order = course_.cluster ? PeerClaims::Order::time : PeerClaims::Order::broker});
  note(instance.name + " starts");
  instance.link =
      broker_.link(std::string(prefix), {.on_begin = [this, index] { instances_[index].room->begin_reading(); },
                                         .on_message =
                                             [this, index](const std::string& topic, const std::string& payload) {
                                               on_room(index, [&](SignalRoom& room, Moment time, SignalOutput& out) {
                                                 room.on_message(topic, payload, time, out);
                                               });
                                             },
                                         .on_end =
                                             [this, index](bool forgetful) {
                                               on_room(index, [&](SignalRoom& room, Moment time, SignalOutput& out) {
                                                 room.end_reading(forgetful, time, out);
                                               });
                                             }});
  instance.link->connect();
}

void SimulatedSignalling::tick(std::size_t index) {
  Instance& instance = instances_[index];
  const auto next = instance.room->next_timeout();
  if (!next) {
    return;
  }
  schedule_.at(*next, [this, index, run = instance.run, due = *next] {
    if (instances_[index].run == run && instances_[index].room->next_timeout() == due) {
      on_room(index, [](SignalRoom& room, Moment time, SignalOutput& out) { room.handle_timeout(time, out); });
    }
  });
}

void SimulatedSignalling::kill(std::size_t index) {
  Instance& instance = instances_[index];
  note(instance.name + " is killed");
  instance.link->kill();
  schedule_.after(2s + dice_.up_to(2s), [this, run = instance.run] { publish_wills(run); });
  for (SignalClient& client : clients_) {
    if (client.connected && client.instance == index) {
      client.connected = client.waits = false;
      client.peer = 0;
    }
  }
  instance.room.reset();
  instance.run = 0;
}

void SimulatedSignalling::publish_wills(std::uint64_t run) {
  for (const SignalClient& client : clients_) {
    if (client.owner == run) {
      for (const Publication& will : client.wills) {
        note("will of " + client.id);
        broker_.publish(will);
      }
    }
  }
}

void SimulatedSignalling::see_to(std::size_t index, SignalOutput out) {
  Instance& instance = instances_[index];
  for (const std::string& id : out.new_wills) {
    SignalClient& client = *client_of(id);
    if (client.instance == index) {
      client.wills = instance.room->wills(id);
    }
  }
  for (Publication& publication : out.publications) {
    note(instance.name + " -> " + publication.topic + ' ' + publication.payload);
    instance.link->publish(std::move(publication));
  }
  for (const SignalEvent& event : out.events) {
    tell(index, event);
  }
}

// What clients are told -----------------------------------------------------------------------------------------------

SignalClient* SimulatedSignalling::client_of(const std::string& id) {
  return &*std::ranges::find(clients_, id, &SignalClient::id);
}

void SimulatedSignalling::accept(SignalClient& client, const PeerAccepted& event) {
  note(client.id + " is " + std::to_string(event.id));
  if (!client.waits) {
    fault(client.id + " gets an answer without asking");
  }
  client.waits = client.sealed = false;
  client.peer = event.id;
  client.stay = ++stays_;
  client.mode = event.mode;
  client.peers.clear();
  client.sent.clear();
  client.received.clear();
  for (const PeerView& peer : event.peers) {
    client.peers.insert(peer.id);
  }
  check_uniqueness();
  // Who comes in greets all at once.
  schedule_.after(0ms, [this, id = client.id] {
    for (SignalClient& target : clients_) {
      signal(*client_of(id), target);
    }
  });
}

// Data is the sender's stay and how many it has sent to the receiver, in one number.
void SimulatedSignalling::receive(SignalClient& client, const SignalMessage& message) {
  const std::uint64_t number = std::stoull(message.data);
  const std::uint64_t stay = number / 1'000'000;
  const auto count = static_cast<unsigned>(number % 1'000'000);
  // Where a link is lost, two rooms of one name may come into being, in two modes.
  if (!client.peers.contains(message.from) && client.mode == SignalMode::mesh && !course_.modes_mix) {
    fault(client.id + " gets a message from somebody that it has not seen");
  }
  unsigned& last = client.received[stay];
  if (course_.calm() && count != last + 1) {
    fault(client.id + " gets message " + std::to_string(count) + " after " + std::to_string(last));
  }
  last = count;
}

void SimulatedSignalling::tell(std::size_t index, const SignalEvent& event) {
  const std::string id = std::visit([](const auto& each) { return each.client_id; }, event);
  SignalClient& client = *client_of(id);
  if (!client.connected || client.instance != index) {
    return;
  }
  if (everything_ != nullptr) {
    note(instances_[index].name + " tells " + id + ' ' + std::to_string(event.index()) + ' ' +
         write_notification("r", event));
  }
  if (const auto* accepted = std::get_if<PeerAccepted>(&event)) {
    accept(client, *accepted);
  } else if (const auto* refused = std::get_if<PeerRefused>(&event)) {
    note(refused->error.message);
    client.waits = false;
  } else if (const auto* came = std::get_if<PeerCame>(&event)) {
    if (!client.peers.insert(came->peer.id).second && course_.calm()) {
      fault(client.id + " is told twice of " + std::to_string(came->peer.id));
    }
  } else if (const auto* went = std::get_if<PeerWent>(&event)) {
    if (client.peers.erase(went->peer.id) == 0) {
      fault(client.id + " is told that one has gone that was not there");
    }
  } else if (const auto* message = std::get_if<PeerMessage>(&event)) {
    receive(client, message->message);
  } else if (std::holds_alternative<RoomSealed>(event)) {
    client.sealed = true;
  } else if (const auto* dropped = std::get_if<PeerDropped>(&event)) {
    if (dropped->cause == PeerDropped::Cause::id_lost && course_.calm()) {
      fault(client.id + " has lost its id");
    }
    client.peer = 0;
  }
}

// What happens --------------------------------------------------------------------------------------------------------

std::vector<std::string> SimulatedSignalling::run() {
  const unsigned acts = 100 + dice_.below(300);
  for (unsigned count = 0; count < acts; ++count) {
    schedule_.after(std::chrono::milliseconds(dice_.below(60'000)), [this] { act(); });
  }
  schedule_.run_until([] { return false; }, start_ + 60s);
  recover();
  schedule_.run_until([] { return false; }, start_ + 200s);
  check();
  return faults_;
}

void SimulatedSignalling::act() {
  if (dice_.one_in(12)) {
    act_on_instance(dice_.below(static_cast<unsigned>(instances_.size())));
  } else {
    act_on_client(clients_[dice_.below(static_cast<unsigned>(clients_.size()))]);
  }
}

void SimulatedSignalling::act_on_instance(std::size_t index) {
  Instance& instance = instances_[index];
  if (instance.run == 0) {
    start(index);
  } else if (!instance.link->connected()) {
    note(instance.name + " connects again");
    instance.link->connect();
  } else if (course_.cuts && dice_.one_in(2)) {
    note(instance.name + " loses its link");
    instance.link->cut();
  } else if (course_.kills) {
    kill(index);
  }
}

void SimulatedSignalling::act_on_client(SignalClient& client) {
  if (!client.connected) {
    return come(client);
  }
  if (client.waits) {
    if (dice_.one_in(6)) go(client);
    return;
  }
  if (client.peer == 0 || dice_.one_in(10)) {
    return go(client);
  }
  if (course_.seals && dice_.one_in(30)) {
    on_room(client.instance,
            [&](SignalRoom& room, Moment, SignalOutput& out) { std::ignore = room.seal(client.id, out); });
  } else {
    signal(client, clients_[dice_.below(static_cast<unsigned>(clients_.size()))]);
  }
}

void SimulatedSignalling::come(SignalClient& client) {
  const std::size_t index = dice_.below(static_cast<unsigned>(instances_.size()));
  Instance& instance = instances_[index];
  if (instance.run == 0 || !instance.room->loaded()) {
    return;
  }
  if (client.owner != 0 && client.owner != instance.run) {
    for (const Publication& will : client.wills) {
      instance.link->publish(will);
    }
  }
  client.instance = index;
  client.connected = true;
  client.owner = instance.run;
  client.wills.clear();
  SignalRoom::Joining joining{.client_id = client.id, .mode = course_.mode};
  if (course_.modes_mix && dice_.one_in(4)) {
    joining.mode = joining.mode == SignalMode::mesh ? SignalMode::host : SignalMode::mesh;
  }
  if (dice_.one_in(4)) {
    joining.peer_id = static_cast<PeerId>(1 + dice_.below(5));
  }
  note(client.id + " comes to " + instance.name);
  client.waits = true;
  on_room(index, [&](SignalRoom& room, Moment time, SignalOutput& out) {
    if (const auto joined = room.join(joining, time, out); !joined) {
      note(joined.error().message);
      client.waits = false;
    }
  });
}

void SimulatedSignalling::go(SignalClient& client) {
  note(client.id + " goes");
  on_room(client.instance,
          [&](SignalRoom& room, Moment, SignalOutput& out) { std::ignore = room.leave(client.id, out); });
  client.connected = client.waits = false;
  client.peer = 0;
  client.wills.clear();
}

void SimulatedSignalling::signal(SignalClient& client, const SignalClient& target) {
  if (client.peer == 0 || target.peer == 0 || !client.peers.contains(target.peer)) {
    return;
  }
  on_room(client.instance, [&](SignalRoom& room, Moment, SignalOutput& out) {
    unsigned& sent = client.sent[target.stay];
    const std::string data = std::to_string(client.stay * 1'000'000 + sent + 1);
    if (room.send(client.id, {.to = target.peer, .type = "candidate", .data = data}, out)) {
      ++sent;
    }
  });
}

void SimulatedSignalling::recover() {
  for (std::size_t index = 0; index < instances_.size(); ++index) {
    if (instances_[index].run == 0) {
      start(index);
    } else if (!instances_[index].link->connected()) {
      instances_[index].link->connect();
    }
  }
}

}  // namespace lobbyd::apps::test
