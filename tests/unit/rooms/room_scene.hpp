#pragma once

// Instances that serve one room over a broker that is always there: what they publish comes back to all in one order.

#include "service/apps/rooms/room.hpp"
#include "tests/unit/apps/model/outcome.hpp"
#include "tests/unit/rooms/messages.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::apps::test {

class RoomScene {
 public:
  static constexpr PageLimits plenty{.entries = 1000, .bytes = 1U << 20U};

  struct Instance {
    Surroundings surroundings;
    std::unique_ptr<Room> room;
    std::vector<std::string> told;  // in words
    RoomOutput last;                // of the last call from outside
  };

  RoomSettings settings;

  // Reads what is retained.
  Instance& start(const std::string& name) {
    auto& instance = instances_[name];
    instance = std::make_unique<Instance>();
    instance->surroundings.prefix = "lobby/";
    instance->surroundings.instance = name;
    instance->room = std::make_unique<Room>(instance->surroundings, "r", settings);
    read(name, false);
    return *instance;
  }
  void stop(const std::string& name) { instances_.erase(name); }
  Room& room(const std::string& name) { return *instances_.at(name)->room; }
  // And forgets it.
  std::vector<std::string> told(const std::string& name) { return std::exchange(instances_.at(name)->told, {}); }

  void read(const std::string& name, bool forgetful) {
    Instance& instance = *instances_.at(name);
    RoomOutput out;
    instance.room->begin_reading();
    for (const auto& [topic, payload] : retained) {
      instance.room->on_message(topic, payload, now(), out);
    }
    instance.room->end_reading(forgetful, now(), out);
    take(instance, std::move(out));
    settle();
  }

  // Calls `action(room, now, out)`, and lets all that comes of it happen.
  template <class Action>
  auto act(const std::string& name, Action action) {
    auto result = hold(name, action);
    settle();
    return result;
  }
  // The same, but what is published stays on its way.
  template <class Action>
  auto hold(const std::string& name, Action action) {
    Instance& instance = *instances_.at(name);
    RoomOutput out;
    auto result = outcome(action(*instance.room, now(), out));
    instance.last = out;
    take(instance, std::move(out));
    return result;
  }
  void settle() {
    while (!on_its_way_.empty()) {
      const Publication publication = std::move(on_its_way_.front());
      on_its_way_.pop_front();
      deliver(publication);
    }
  }
  // What others publish.
  void publish(const std::string& topic, const std::string& payload, bool retain = true) {
    deliver({.topic = topic, .payload = payload, .retain = retain});
    settle();
  }
  void lose_what_is_on_its_way() { on_its_way_.clear(); }

  auto join(const std::string& instance, const std::string& client, const std::string& name = {}) {
    return act(instance, [&](Room& room, Moment time, RoomOutput& out) {
      return room.join({.client_id = client, .player = client.substr(0, client.find(':')), .name = name}, time, out);
    });
  }
  auto leave(const std::string& instance, const std::string& client, DepartureReason reason = DepartureReason::left) {
    return act(instance, [&](Room& room, Moment, RoomOutput& out) { return room.leave(client, reason, out); });
  }
  auto say(const std::string& instance, const std::string& client, const std::string& text,
           const std::string& key = {}) {
    return act(instance, [&](Room& room, Moment time, RoomOutput& out) {
      return room.send(client, {.body = "\"text\":\"" + text + '"', .key = key}, time, out);
    });
  }
  auto remove(const std::string& instance, const std::string& client, const std::string& id, bool moderator = false) {
    return act(instance,
               [&](Room& room, Moment time, RoomOutput& out) { return room.remove(client, moderator, id, time, out); });
  }
  auto kick(const std::string& instance, const std::string& client, const std::string& target,
            std::chrono::seconds out_for = {}) {
    return act(instance, [&](Room& room, Moment time, RoomOutput& out) {
      return room.kick(client, {.client_id = target, .out = out_for}, time, out);
    });
  }

  Moment now() const {
    return {.steady = Moment::TimePoint(std::chrono::milliseconds(now_ms_ - start_ms)), .unix_ms = now_ms_};
  }
  // Lets time pass, and what is due happen.
  void pass(std::chrono::milliseconds time) {
    now_ms_ += time.count();
    for (auto& [name, instance] : instances_) {
      RoomOutput out;
      instance->room->handle_timeout(now(), out);
      take(*instance, std::move(out));
    }
    settle();
  }

  std::vector<std::string> texts(const std::string& name) {
    std::vector<std::string> found;
    for (const auto* held : room(name).all_history().view(now_ms_)) {
      found.push_back(held->message->body.substr(8, held->message->body.size() - 9));
    }
    return found;
  }
  std::vector<std::string> members(const std::string& name) {
    std::vector<std::string> found;
    for (const auto& [client, member] : room(name).all_members()) {
      found.push_back(client);
    }
    return found;
  }

  std::map<std::string, std::string> retained;

 private:
  void take(Instance& instance, RoomOutput out) {
    for (Publication& publication : out.publications) {
      on_its_way_.push_back(std::move(publication));
    }
    for (const RoomEvent& event : out.events) {
      instance.told.push_back(in_words(event));
    }
  }
  void deliver(const Publication& publication) {
    if (publication.retain && publication.payload.empty()) {
      retained.erase(publication.topic);
    } else if (publication.retain) {
      retained[publication.topic] = publication.payload;
    }
    for (auto& [name, instance] : instances_) {
      RoomOutput out;
      instance->room->on_message(publication.topic, publication.payload, now(), out);
      take(*instance, std::move(out));
    }
  }
  static std::string in_words(const RoomEvent& event) {
    struct Words {
      std::string operator()(const MessageArrived& each) const {
        return each.message->from + " says " + each.message->body;
      }
      std::string operator()(const MessageDeleted& each) const { return "deleted " + each.id; }
      std::string operator()(const MemberJoined& each) const {
        return each.member->client_id + " joined as " + each.member->record.name;
      }
      std::string operator()(const MemberLeft& each) const {
        return each.client_id + ' ' + std::string(word(each.reason));
      }
      std::string operator()(const JoinCompleted& each) const { return "complete: " + each.client_id; }
      std::string operator()(const JoinRefused& each) const {
        return "refused: " + each.client_id + ' ' + std::string(api::word(each.error.reason));
      }
      std::string operator()(const Expelled& each) const { return "expelled: " + each.client_id; }
      std::string operator()(const TakenOver& each) const { return "taken over: " + each.client_id; }
    };
    return std::visit(Words(), event);
  }

  std::map<std::string, std::unique_ptr<Instance>> instances_;
  std::deque<Publication> on_its_way_;
  std::int64_t now_ms_ = start_ms;
};

}  // namespace lobbyd::apps::test
