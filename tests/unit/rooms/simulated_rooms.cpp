#include "tests/unit/rooms/simulated_rooms.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace lobbyd::apps::test {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t start_ms = 1'760'000'000'000;

}  // namespace

SimulatedRooms::SimulatedRooms(std::uint32_t seed, std::ostream* everything)
    : dice_(seed),
      everything_(everything),
      broker_(schedule_, dice_, simulation::Duration(1 + dice_.below(dice_.one_in(3) ? 3'000 : 200))) {
  settings_.history = dice_.one_in(10) ? 1 : 2 + dice_.below(20);
  settings_.broker_expires = dice_.one_in(2);
  deletes_ = dice_.one_in(2);  // NOLINT(cppcoreguidelines-prefer-member-initializer): the dice fall in this order
  cuts_ = dice_.one_in(2);     // NOLINT(cppcoreguidelines-prefer-member-initializer)
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

SimulatedRooms::~SimulatedRooms() = default;

Moment SimulatedRooms::now(const Instance& instance) const {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(schedule_.now() - start_);
  return {.steady = schedule_.now(), .unix_ms = start_ms + passed.count() + instance.skew_ms};
}

void SimulatedRooms::note(const std::string& text) {
  if (everything_ != nullptr) {
    const std::chrono::duration<double> time = schedule_.now() - start_;
    *everything_ << time.count() << " s  " << text << '\n';
  }
}

// Instances -----------------------------------------------------------------------------------------------------------

template <class Action>
void SimulatedRooms::on_room(std::size_t index, Action action) {
  RoomOutput out;
  action(*instances_[index].room, now(instances_[index]), out);
  see_to(index, std::move(out));
}

void SimulatedRooms::start(std::size_t index) {
  Instance& instance = instances_[index];
  instance.run = ++runs_;
  instance.dead_since.reset();
  instance.surroundings = std::make_unique<Surroundings>(std::string(prefix), instance.name);
  instance.room = std::make_unique<Room>(*instance.surroundings, "r", settings_);
  note(instance.name + " starts");
  instance.link = broker_.link(
      std::string(prefix),
      {.on_begin = [this, index] { instances_[index].room->begin_reading(); },
       .on_message =
           [this, index](const std::string& topic, const std::string& payload) {
             on_room(index,
                     [&](Room& room, Moment time, RoomOutput& out) { room.on_message(topic, payload, time, out); });
           },
       .on_end =
           [this, index](bool forgetful) {
             on_room(index, [&](Room& room, Moment time, RoomOutput& out) { room.end_reading(forgetful, time, out); });
             tick(index);
           }});
  instance.link->connect();
}

void SimulatedRooms::tick(std::size_t index) {
  Instance& instance = instances_[index];
  const auto next = instance.room->next_timeout(now(instance));
  if (!next) {
    return;
  }
  schedule_.at(std::min(*next, schedule_.now() + 5s) + 1ms, [this, index, run = instance.run] {
    if (instances_[index].run == run) {
      on_room(index, [](Room& room, Moment time, RoomOutput& out) { room.handle_timeout(time, out); });
      tick(index);
    }
  });
}

void SimulatedRooms::kill(std::size_t index) {
  Instance& instance = instances_[index];
  note(instance.name + " is killed");
  instance.link->kill();
  instance.room.reset();
  schedule_.after(2s + dice_.up_to(2s), [this, run = instance.run] { publish_wills(run); });
  for (RoomClient& client : clients_) {
    if (client.connected && client.instance == index) {
      client.connected = client.asked = client.joined = false;
    }
  }
  instance.run = 0;
  instance.dead_since = schedule_.now();
}

// Now and then for a client that has come back, too: a client's new entry may come too late to stop them.
void SimulatedRooms::publish_wills(std::uint64_t run) {
  for (const RoomClient& client : clients_) {
    if (client.owner == run || (stormy_ && dice_.one_in(20))) {
      note("will of " + client.id);
      broker_.publish(clearing(RoomTopics(prefix, "r").member(client.id)));
    }
  }
}

void SimulatedRooms::see_to(std::size_t index, RoomOutput out) {
  for (Publication& publication : out.publications) {
    note(instances_[index].name + " -> " + publication.topic + ' ' + publication.payload);
    instances_[index].link->publish(std::move(publication));
  }
  for (const RoomEvent& event : out.events) {
    tell(index, event);
  }
}

// What clients are told -----------------------------------------------------------------------------------------------

void SimulatedRooms::complete(std::size_t index, RoomClient& client) {
  client.joined = true;
  client.members.clear();
  client.messages.clear();
  const Room& room = *instances_[index].room;
  for (const auto& [id, member] : room.all_members()) {
    client.members[id] = member->record.name;
  }
  for (const auto* held : room.all_history().view(now(instances_[index]).unix_ms)) {
    client.messages.insert(held->message->id);
  }
  client.first_message = client.messages.empty() ? std::string() : *client.messages.begin();
}

void SimulatedRooms::tell(std::size_t index, const RoomEvent& event) {
  if (everything_ != nullptr) {
    note(instances_[index].name + " tells " + std::to_string(event.index()) + ' ' + write_notification("r", event));
  }
  const auto is_here = [&](const RoomClient& client) { return client.connected && client.instance == index; };
  for (RoomClient& client : clients_) {
    if (!is_here(client)) {
      continue;
    }
    if (const auto* done = std::get_if<JoinCompleted>(&event)) {
      if (done->client_id == client.id) complete(index, client);
    } else if (const auto* refused = std::get_if<JoinRefused>(&event)) {
      if (refused->client_id == client.id) client.asked = client.joined;
    } else if (const auto* expelled = std::get_if<Expelled>(&event)) {
      if (expelled->client_id == client.id) client.asked = client.joined = false;
    } else if (const auto* taken = std::get_if<TakenOver>(&event)) {
      if (taken->client_id == client.id) client.asked = client.joined = false;
    } else if (client.joined) {
      if (const auto* arrived = std::get_if<MessageArrived>(&event)) {
        if (!client.messages.insert(arrived->message->id).second) {
          client.faults.push_back(client.id + " gets " + arrived->message->id + " twice");
        }
      } else if (const auto* deleted = std::get_if<MessageDeleted>(&event)) {
        client.messages.erase(deleted->id);
      } else if (const auto* joined = std::get_if<MemberJoined>(&event)) {
        client.members[joined->member->client_id] = joined->member->record.name;
      } else if (const auto* left = std::get_if<MemberLeft>(&event)) {
        client.members.erase(left->client_id);
      }
    }
  }
}

// What happens --------------------------------------------------------------------------------------------------------

std::vector<std::string> SimulatedRooms::run() {
  const unsigned acts = 100 + dice_.below(200);
  for (unsigned count = 0; count < acts; ++count) {
    schedule_.after(std::chrono::milliseconds(dice_.below(60'000)), [this] { act(); });
  }
  schedule_.run_until([] { return false; }, start_ + 60s);
  stormy_ = false;
  recover();
  schedule_.run_until([] { return false; }, start_ + 300s);
  sweep();
  schedule_.run_until([] { return false; }, start_ + 420s);
  return differences();
}

void SimulatedRooms::act() {
  if (dice_.one_in(12)) {
    act_on_instance(dice_.below(static_cast<unsigned>(instances_.size())));
  } else if (dice_.one_in(300)) {
    note("the broker forgets");
    broker_.forget();
    forgot_ = true;
    for (Instance& instance : instances_) {
      if (instance.run != 0 && instance.link->connected()) {
        instance.link->cut();
      }
    }
  } else {
    act_on_client(clients_[dice_.below(static_cast<unsigned>(clients_.size()))]);
  }
}

void SimulatedRooms::act_on_instance(std::size_t index) {
  Instance& instance = instances_[index];
  if (instance.run == 0) {
    start(index);
  } else if (!instance.link->connected()) {
    note(instance.name + " connects again");
    instance.link->connect();
  } else if (cuts_ && dice_.one_in(2)) {
    note(instance.name + " loses its link");
    instance.link->cut();
  } else {
    kill(index);
  }
}

void SimulatedRooms::act_on_client(RoomClient& client) {
  if (!client.connected || dice_.one_in(12)) {
    return come(client);
  }
  if (!client.joined) {
    return;
  }
  switch (dice_.below(12)) {
    case 0:
      return go(client, DepartureReason::left);
    case 1:
      return go(client, DepartureReason::lost);
    case 2:
      return deletes_ ? remove(client) : speak(client);
    case 3:
      return kick(client);
    default:
      return speak(client);
  }
}

// To any instance, from another one where it still is: that one hears of it later.
void SimulatedRooms::come(RoomClient& client) {
  const std::size_t index = dice_.below(static_cast<unsigned>(instances_.size()));
  Instance& instance = instances_[index];
  if (instance.run == 0 || !instance.room->loaded()) {
    return;
  }
  if (client.connected && client.instance != index) {
    // Where it is back by then, that was seen to when it came.
    schedule_.after(dice_.up_to(1s),
                    [this, id = client.id, old = client.instance, run = instances_[client.instance].run] {
                      const RoomClient& moved = *std::ranges::find(clients_, id, &RoomClient::id);
                      if (instances_[old].run == run && !(moved.connected && moved.instance == old)) {
                        on_room(old, [&](Room& room, Moment, RoomOutput& out) {
                          std::ignore = room.leave(id, DepartureReason::lost, out);
                        });
                      }
                    });
  }
  const bool moved = !client.connected || client.instance != index;
  client.instance = index;
  client.connected = true;
  client.joined = client.joined && !moved;
  // Whoever takes a client over sees to what the one before has left.
  if (client.owner != 0 && client.owner != instance.run) {
    instance.link->publish(clearing(RoomTopics(prefix, "r").member(client.id)));
  }
  client.owner = instance.run;
  const std::string name = "n" + std::to_string(dice_.below(5));
  note(client.id + " joins at " + instance.name + " as " + name);
  on_room(index, [&](Room& room, Moment time, RoomOutput& out) {
    client.asked =
        room.join({.client_id = client.id, .player = client.id, .name = name}, time, out).has_value() || client.joined;
  });
}

void SimulatedRooms::go(RoomClient& client, DepartureReason reason) {
  note(client.id + " goes");
  on_room(client.instance,
          [&](Room& room, Moment, RoomOutput& out) { std::ignore = room.leave(client.id, reason, out); });
  client.connected = client.asked = client.joined = false;
  client.owner = 0;
}

void SimulatedRooms::speak(RoomClient& client) {
  const std::string text = std::to_string(++texts_);
  on_room(client.instance, [&](Room& room, Moment time, RoomOutput& out) {
    const auto sent = room.send(client.id, {.body = R"("text":")" + text + '"', .key = text}, time, out);
    if (sent && dice_.one_in(4)) {
      const auto again = room.send(client.id, {.body = R"("text":")" + text + '"', .key = text}, time, out);
      if (!again->repeated || again->id != sent->id) {
        client.faults.emplace_back("a retry is sent");
      }
    }
  });
}

void SimulatedRooms::remove(RoomClient& client) {
  if (client.messages.empty()) {
    return;
  }
  const auto chosen = std::next(client.messages.begin(), dice_.below(static_cast<unsigned>(client.messages.size())));
  on_room(client.instance, [&](Room& room, Moment time, RoomOutput& out) {
    std::ignore = room.remove(client.id, true, std::string(*chosen), time, out);
  });
}

void SimulatedRooms::kick(RoomClient& client) {
  const RoomClient& target = clients_[dice_.below(static_cast<unsigned>(clients_.size()))];
  const std::chrono::seconds out_for(dice_.one_in(2) ? 0 : dice_.below(20));
  note(client.id + " kicks " + target.id);
  on_room(client.instance, [&](Room& room, Moment time, RoomOutput& out) {
    std::ignore = room.kick(client.id, {.client_id = target.id, .out = out_for}, time, out);
  });
}

// The first instance always lives on.
void SimulatedRooms::recover() {
  for (std::size_t index = 0; index < instances_.size(); ++index) {
    Instance& instance = instances_[index];
    if (instance.run == 0 && (index == 0 || dice_.one_in(2))) {
      start(index);
    } else if (instance.run != 0 && !instance.link->connected()) {
      instance.link->connect();
    }
  }
}

// All do it at once.
void SimulatedRooms::sweep() {
  std::set<std::string, std::less<>> dead;
  for (const Instance& instance : instances_) {
    if (instance.run == 0) {
      dead.insert(instance.name);
    }
  }
  for (std::size_t index = 0; index < instances_.size(); ++index) {
    if (instances_[index].run != 0) {
      on_room(index, [&](Room& room, Moment time, RoomOutput& out) { room.sweep(dead, time, out); });
    }
  }
}

}  // namespace lobbyd::apps::test
