#pragma once

// Instances that serve one signalling room over a broker that is always there: what they publish comes back to all in
// one order.

#include "service/apps/signalling/signal_room.hpp"
#include "tests/unit/apps/model/outcome.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::apps::test {

class SignalScene {
 public:
  static constexpr std::int64_t start_ms = 1'728'000'000'000;

  struct Instance {
    Surroundings surroundings;
    std::unique_ptr<SignalRoom> room;
    std::vector<std::string> told;  // in words
    SignalOutput last;              // of the last call from outside
  };

  SignalRoom::Settings settings;
  std::deque<std::uint32_t> numbers;  // that are drawn next; then they count up
  std::map<std::string, std::string> retained;

  void start(const std::string& name) {
    auto& instance = instances_[name];
    instance = std::make_unique<Instance>();
    instance->surroundings.prefix = "lobby/";
    instance->surroundings.instance = name;
    instance->room = std::make_unique<SignalRoom>(instance->surroundings, [this] { return draw(); }, "r", settings);
    read(name, false);
  }
  void stop(const std::string& name) { instances_.erase(name); }
  SignalRoom& room(const std::string& name) { return *instances_.at(name)->room; }
  const SignalOutput& last(const std::string& name) { return instances_.at(name)->last; }
  // And forgets it.
  std::vector<std::string> told(const std::string& name) { return std::exchange(instances_.at(name)->told, {}); }

  void read(const std::string& name, bool forgetful) {
    Instance& instance = *instances_.at(name);
    SignalOutput out;
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
    SignalOutput out;
    auto result = outcome(action(*instance.room, now(), out));
    instance.last = out;
    take(instance, std::move(out));
    return result;
  }
  void settle() {
    while (!on_its_way_.empty()) {
      const Publication publication = std::move(on_its_way_.front());
      on_its_way_.pop_front();
      publish(publication);
    }
  }
  // What others publish.
  void publish(const Publication& publication) {
    if (publication.retain && publication.payload.empty()) {
      retained.erase(publication.topic);
    } else if (publication.retain) {
      retained[publication.topic] = publication.payload;
    }
    for (auto& [name, instance] : instances_) {
      SignalOutput out;
      instance->room->on_message(publication.topic, publication.payload, now(), out);
      take(*instance, std::move(out));
    }
  }

  auto join(const std::string& instance, const std::string& client, SignalMode mode = SignalMode::mesh,
            std::optional<PeerId> id = std::nullopt, const std::string& data = "null") {
    return act(instance, [&](SignalRoom& room, Moment time, SignalOutput& out) {
      return room.join({.client_id = client, .mode = mode, .peer_id = id, .data = data}, time, out);
    });
  }
  auto leave(const std::string& instance, const std::string& client) {
    return act(instance, [&](SignalRoom& room, Moment, SignalOutput& out) { return room.leave(client, out); });
  }
  auto send(const std::string& instance, const std::string& client, PeerId to, const std::string& type = "offer",
            const std::string& data = "1") {
    return act(instance, [&](SignalRoom& room, Moment, SignalOutput& out) {
      return room.send(client, {.to = to, .type = type, .data = data}, out);
    });
  }
  auto seal(const std::string& instance, const std::string& client) {
    return act(instance, [&](SignalRoom& room, Moment, SignalOutput& out) { return room.seal(client, out); });
  }

  Moment now() const {
    return {.steady = Moment::TimePoint(std::chrono::milliseconds(now_ms_ - start_ms)), .unix_ms = now_ms_};
  }
  // Lets time pass, and what is due happen.
  void pass(std::chrono::milliseconds time) {
    now_ms_ += time.count();
    for (auto& [name, instance] : instances_) {
      SignalOutput out;
      instance->room->handle_timeout(now(), out);
      take(*instance, std::move(out));
    }
    settle();
  }

  std::vector<PeerId> peers(const std::string& name) {
    std::vector<PeerId> ids;
    for (const PeerView& peer : room(name).peers()) {
      ids.push_back(peer.id);
    }
    return ids;
  }

 private:
  std::uint32_t draw() {
    if (numbers.empty()) {
      return drawn_++;
    }
    const std::uint32_t number = numbers.front();
    numbers.pop_front();
    return number;
  }
  void take(Instance& instance, SignalOutput out) {
    for (Publication& publication : out.publications) {
      on_its_way_.push_back(std::move(publication));
    }
    for (const SignalEvent& event : out.events) {
      instance.told.push_back(in_words(event));
    }
  }
  static std::string in_words(const SignalEvent& event) {
    struct Words {
      std::string operator()(const PeerAccepted& each) const {
        std::string text =
            each.client_id + " is " + std::to_string(each.id) + " with host " + std::to_string(each.host) + " among";
        for (const PeerView& peer : each.peers) {
          text += ' ' + std::to_string(peer.id);
        }
        return text;
      }
      std::string operator()(const PeerRefused& each) const {
        return each.client_id + " refused: " + std::string(api::word(each.error.reason));
      }
      std::string operator()(const PeerCame& each) const {
        return each.client_id + " +" + std::to_string(each.peer.id);
      }
      std::string operator()(const PeerWent& each) const {
        return each.client_id + " -" + std::to_string(each.peer.id);
      }
      std::string operator()(const PeerMessage& each) const {
        return each.client_id + " gets " + each.message.type + ' ' + each.message.data + " from " +
               std::to_string(each.message.from);
      }
      std::string operator()(const RoomSealed& each) const { return each.client_id + " sealed"; }
      std::string operator()(const PeerDropped& each) const {
        return each.client_id + (each.cause == PeerDropped::Cause::host_left ? " host left" : " id lost");
      }
    };
    return std::visit(Words(), event);
  }

  std::map<std::string, std::unique_ptr<Instance>> instances_;
  std::deque<Publication> on_its_way_;
  std::int64_t now_ms_ = start_ms;
  std::uint32_t drawn_ = 8;  // the first id that counts up is 10
};

}  // namespace lobbyd::apps::test
