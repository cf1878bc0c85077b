#pragma once

// The filters that one lane shall hold, and what is to be sent to make the broker agree.
//
// Each filter has a wish (held at some QoS, or not) and a state at the broker; next_request() gives what brings the
// two together, and every answer leads to another look at the filter, since the wish may have changed meanwhile. At
// most one request is under way for a filter.
//
//             next_request        SUBACK
//     idle ──────────────▶ subscribing ──▶ held ──▶ unsubscribing ──▶ (idle, or forgotten)
//                               │            │           │
//                               └──────── link lost ─────┴──▶ unsure: the broker may hold it, or not
//
// So all that is wanted is subscribed to again after each loss of the link, even where the broker kept the session.
//
// Handlers wait over reconnects. release() drops those of its filter without calling them: it is for a filter that
// nobody waits for any more.

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/upstream/broker_types.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::upstream {

class SubscriptionTable {
 public:
  struct Item {
    std::string filter;
    mqtt::QoS qos = mqtt::QoS::at_most_once;
  };
  struct Request {
    enum class Kind : std::uint8_t { subscribe, unsubscribe };
    Kind kind = Kind::subscribe;
    mqtt::Tag tag = 0;
    std::optional<std::uint32_t> subscription_id;
    std::span<const Item> items;  // valid until the answer, or the loss of the link
  };
  struct Answer {
    HoldHandler handler;
    mqtt::ReasonCode reason = mqtt::ReasonCode::success;
  };
  // A filter that the broker no longer takes, though nobody waits for an answer. It is tried again after the next
  // reconnect, or when it is held again.
  struct Unrestored {
    std::string filter;
    mqtt::ReasonCode reason = mqtt::ReasonCode::success;
  };

  // At most so many filters in one SUBSCRIBE or UNSUBSCRIBE where brokers set no limit, and so many of these under way.
  static constexpr std::size_t batch_limit = 100;
  static constexpr std::size_t request_limit = 500;

  explicit SubscriptionTable(std::size_t filters_at_once = batch_limit) : filters_at_once_(filters_at_once) {}

  // Subscription id 0 stands for none.
  void hold(const std::string& filter, mqtt::QoS qos, std::uint32_t subscription_id, HoldHandler handler);
  void release(const std::string& filter);
  bool wants(const std::string& filter) const;
  // Whether the broker may hold the filter, or will.
  bool knows(const std::string& filter) const { return entries_.contains(filter); }
  // Whether the broker has granted it and nothing was sent for it since.
  bool stands(const std::string& filter) const;

  void link_up(const mqtt::ServerLimits& limits);
  void link_down();

  // Whether the broker has answered for every filter that was wanted when the link came up.
  bool restored() const { return restoring_ == 0; }

  // What shall be sent now, under that tag; to be called until there is nothing.
  std::optional<Request> next_request(mqtt::Tag tag);
  // False where the tag is not one of these.
  bool subscribed(mqtt::Tag tag, std::span<const mqtt::ReasonCode> reasons);
  bool unsubscribed(mqtt::Tag tag);
  // The request could not be sent.
  void could_not_send(mqtt::Tag tag, mqtt::ReasonCode reason);

  // What the last calls brought about, and what is to be told now that they have returned.
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }
  std::vector<Unrestored> take_unrestored() { return std::exchange(unrestored_, {}); }

  // Filters known, wanted or not.
  std::size_t size() const { return entries_.size(); }
  std::size_t wanted() const;

 private:
  enum class State : std::uint8_t { idle, subscribing, held, unsubscribing, unsure };
  enum class Action : std::uint8_t { none, subscribe, unsubscribe, forget };

  struct Waiter {
    mqtt::QoS qos;
    HoldHandler handler;
  };
  struct Entry {
    bool wanted = false;
    mqtt::QoS wanted_qos = mqtt::QoS::at_most_once;
    std::uint32_t wanted_id = 0;
    State state = State::idle;
    // Of the SUBSCRIBE that is under way, or was answered last.
    mqtt::QoS sent_qos = mqtt::QoS::at_most_once;
    std::uint32_t sent_id = 0;
    bool may_stand = false;  // an earlier subscription, if that SUBSCRIBE is refused
    mqtt::ReasonCode granted = mqtt::ReasonCode::success;
    bool parked = false;     // see Unrestored
    bool restoring = false;  // counted in restoring_
    bool queued = false;     // in changed_, and not forgotten before it is taken out
    std::vector<Waiter> waiters;
  };
  using Entries = std::unordered_map<std::string, Entry>;
  struct UnderWay {
    Request::Kind kind = Request::Kind::subscribe;
    std::vector<Item> items;
  };

  Action action(const Entry& entry) const;
  std::optional<mqtt::ReasonCode> forbidden(std::string_view filter) const;
  void look_at(Entries::iterator entry);
  void no_longer_restoring(Entry& entry);
  void settle_granted(Entries::iterator entry, mqtt::ReasonCode reason);
  void settle_refused(Entries::iterator entry, mqtt::ReasonCode reason);
  void answer_waiters(Entry& entry, mqtt::QoS up_to, mqtt::ReasonCode reason);
  bool gather(UnderWay& request, std::size_t& bytes);
  void mark_sent(Entry& entry, Request::Kind kind);
  std::optional<UnderWay> take_request(mqtt::Tag tag);

  std::size_t filters_at_once_;
  Entries entries_;
  std::deque<std::string> changed_;  // to be looked at by next_request, in the order of the changes
  std::unordered_map<mqtt::Tag, UnderWay> under_way_;
  std::size_t restoring_ = 0;
  bool linked_ = false;
  mqtt::ServerLimits limits_;
  std::vector<Answer> answers_;
  std::vector<Unrestored> unrestored_;
};

}  // namespace lobbyd::upstream
