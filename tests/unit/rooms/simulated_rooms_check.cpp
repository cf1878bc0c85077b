// What has become of it in the end.

#include "tests/unit/rooms/simulated_rooms.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::apps::test {
namespace {

std::string text_of(const std::map<std::string, std::string>& members) {
  std::string text;
  for (const auto& [id, name] : members) {
    text += ' ' + id + '=' + name;
  }
  return text;
}

std::string text_of(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) {
    text += ' ' + id;
  }
  return text;
}

}  // namespace

std::unique_ptr<Room> SimulatedRooms::read_anew(Surroundings& surroundings) {
  auto room = std::make_unique<Room>(surroundings, "r", settings_);
  RoomOutput out;
  const Moment time = now(instances_[0]);
  room->begin_reading();
  for (const auto& [topic, payload] : broker_.retained()) {
    room->on_message(topic, payload, time, out);
  }
  room->end_reading(false, time, out);
  return room;
}

std::vector<std::string> SimulatedRooms::seen_history(const Room& room) const {
  std::vector<std::string> ids;
  for (const auto* held : room.all_history().view(now(instances_[0]).unix_ms)) {
    ids.push_back(held->message->id);
  }
  return ids;
}

// The latest of all that ever reached the broker and were not deleted.
std::vector<std::string> SimulatedRooms::expected_history() const {
  std::set<std::string> ids;
  std::set<std::string> deleted;
  api::JsonReader reader;
  for (const Publication& publication : broker_.journal()) {
    if (!publication.topic.contains("/log/") || publication.payload.empty()) {
      continue;
    }
    const LogRecord record = *read_log(reader, publication.payload);
    if (const auto* deletion = std::get_if<Deletion>(&record)) {
      deleted.insert(deletion->target);
    } else {
      ids.insert(std::string(key_of(record)));
    }
  }
  std::vector<std::string> left;
  std::ranges::set_difference(ids, deleted, std::back_inserter(left));
  if (left.size() > settings_.history) {
    left.erase(left.begin(), left.end() - static_cast<std::ptrdiff_t>(settings_.history));
  }
  return left;
}

std::map<std::string, std::string> SimulatedRooms::expected_members() const {
  std::map<std::string, std::string> members;
  for (const RoomClient& client : clients_) {
    if (client.joined) {
      members[client.id] = instances_[client.instance].room->all_members().find(client.id)->record.name;
    }
  }
  return members;
}

std::vector<std::string> SimulatedRooms::differences_of(const Room& room, const std::string& where) {
  std::vector<std::string> faults;
  std::map<std::string, std::string> members;
  for (const auto& [id, member] : room.all_members()) {
    members[id] = member->record.name;
  }
  if (members != expected_members()) {
    faults.push_back(where + " has other members:" + text_of(members) + " and not" + text_of(expected_members()));
  }
  // What was deleted has perhaps taken the place of an earlier one before.
  if (!forgot_ && !deletes_ && seen_history(room) != expected_history()) {
    faults.push_back(where + " has another history:" + text_of(seen_history(room)) + " and not" +
                     text_of(expected_history()));
  }
  return faults;
}

std::vector<std::string> SimulatedRooms::differences_of(const RoomClient& client) {
  std::vector<std::string> faults = client.faults;
  if (!client.joined) {
    return faults;
  }
  if (client.members != expected_members()) {
    faults.push_back(client.id + " was told of other members:" + text_of(client.members));
  }
  const auto seen = seen_history(*instances_[client.instance].room);
  // Where later ones are deleted, some from before come into view. And what is sent again after a link was lost stands
  // for a moment in the place of what came later.
  const auto was_told = [&](const std::string& id) {
    return id < client.first_message || client.messages.contains(id);
  };
  const auto missed = std::ranges::find_if_not(seen, was_told);
  if (!forgot_ && !cuts_ && missed != seen.end()) {
    faults.push_back(client.id + " has missed " + *missed);
  }
  return faults;
}

std::vector<std::string> SimulatedRooms::differences() {
  std::vector<std::string> faults;
  const auto add = [&](std::vector<std::string> more) { faults.insert(faults.end(), more.begin(), more.end()); };
  for (const RoomClient& client : clients_) {
    if (client.asked != client.joined && client.connected) {
      faults.push_back(client.id + " has no answer");
    }
    add(differences_of(client));
  }
  Surroundings surroundings{.prefix = std::string(prefix), .instance = "reader"};
  const auto anew = read_anew(surroundings);
  add(differences_of(*anew, "who comes now"));
  for (const Instance& instance : instances_) {
    if (instance.run != 0) {
      add(differences_of(*instance.room, instance.name));
      if (seen_history(*instance.room) != seen_history(*anew)) {
        faults.push_back(instance.name + " has another history than who comes now");
      }
    }
  }
  for (const auto& [topic, payload] : broker_.retained()) {
    const auto parsed = parse_room_topic(prefix, topic);
    for (const Instance& instance : instances_) {
      if (instance.run == 0 && parsed->kind == RoomTopic::Kind::log && parsed->name == instance.name) {
        faults.push_back("the ring of " + instance.name + " was not swept up");
      }
    }
  }
  return faults;
}

}  // namespace lobbyd::apps::test
