#pragma once

// The life of a publish: its place among the client's requests, the broker's answer, retries by key. And of what a
// client leaves behind: its will, at once or after a delay that its return cancels.

#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/origins.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/publish_keys.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/hub/waiting_room.hpp"
#include "service/hub/waiting_wills.hpp"
#include "service/upstream/broker.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lobbyd::hub {

struct PublishCall : Pending<api::PublishResult>, std::enable_shared_from_this<PublishCall> {
  using Pending::Pending;

  // When all before it in its client's order has been answered.
  void answer_in_turn(const PublishKeys::Outcome& outcome);
  void expire() override;

  RequestOrder::Ticket ticket = 0;
};

// Who has asked to go, and waits until its will has been taken. The client itself is detached already.
class Farewell : public Expiring {
 public:
  explicit Farewell(Answer<std::monostate> answer) : answer_(std::move(answer)) {}

  void settle(std::expected<std::monostate, api::Error> result);
  void expire() override;

 private:
  Answer<std::monostate> answer_;
};

class Publishing {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Done = std::move_only_function<void()>;
  using Clock = TimePoint (*)();

  Publishing(const Options& options, const Origins& origins, upstream::Broker& broker, Subscriptions& subscriptions,
             Clock clock = &std::chrono::steady_clock::now)
      : origins_(origins),
        broker_(broker),
        subscriptions_(subscriptions),
        clock_(clock),
        room_(options.waiting_bytes, options.client_waiting_bytes) {}

  // The message has been checked. Returns the request, for its deadline.
  std::shared_ptr<Expiring> publish(Client& client, api::PublishParams params, TimePoint now,
                                    Answer<api::PublishResult> answer);

  // The client is detached, and leaves its will and its publisher. The will is sent when all that the client published
  // has been answered: at QoS 2 the broker passes a message on only then. `answer` comes when the will has been
  // answered for, or when it has to wait for its delay. Returns what waits for that, for its deadline.
  std::shared_ptr<Expiring> leave(const std::shared_ptr<Client>& client, std::optional<api::WillParams> will,
                                  TimePoint now, Answer<std::monostate> answer);
  // The client's connection is lost, and it stays attached: the will is sent when its delay is over.
  void lose(const std::shared_ptr<Client>& client, api::WillParams will, TimePoint now);
  // The client is there, perhaps again: a will that waits for its delay does not fire; and where one is on its way,
  // what the client publishes now comes after it.
  void arrive(Client& client);

  std::optional<TimePoint> next_will() const { return wills_.next(); }
  bool has_wills_on_their_way() const { return !wills_on_their_way_.empty(); }
  void fire_wills(TimePoint now);
  // Without regard to their delays.
  void fire_all_wills() { fire_wills(TimePoint::max()); }
  // Calls `sent` once no will waits any more for what its client published, perhaps at once.
  void when_wills_are_sent(Done sent);

 private:
  // What waits until a will has been answered.
  using Followers = std::shared_ptr<std::vector<Done>>;

  void answer(const std::shared_ptr<PublishCall>& request, const std::string& key, const PublishKeys::Outcome& outcome);
  void send(const std::shared_ptr<Client>& client, upstream::Message message,
            std::move_only_function<void(PublishKeys::Outcome)> done);
  void delay(const std::shared_ptr<Client>& client, api::WillParams will, TimePoint now);
  void close_publisher(Client& client);
  void fire(WaitingWills::Will will, std::shared_ptr<Farewell> farewell);
  void send_will(upstream::PublisherId publisher, upstream::Message message, Answer<std::monostate> done);
  void tell_when_sent();

  const Origins& origins_;
  upstream::Broker& broker_;
  Subscriptions& subscriptions_;
  Clock clock_;
  PublishKeys keys_;
  WaitingRoom room_;
  WaitingWills wills_;
  std::size_t wills_in_order_ = 0;  // bytes; they wait for what their clients published
  Done wills_sent_;
  std::unordered_map<std::string, Followers> wills_on_their_way_;  // of each client id the last one
};

}  // namespace lobbyd::hub
