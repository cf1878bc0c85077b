#pragma once

// The life of a publish: its place among the client's requests, the broker's answer, retries by key. And of what a
// client leaves behind: its wills, when their time has come.

#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/origins.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/publish_keys.hpp"
#include "service/hub/subscriptions.hpp"
#include "service/hub/waiting_room.hpp"
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

  // Of a service: in order, and behind nothing else. Returns the request, for its deadline.
  std::shared_ptr<Expiring> publish(Client& service, upstream::Message message, Answer<std::monostate> answer);

  static upstream::Message will_message(api::WillParams will);

  // What is published in a client's name when it has gone: its wills in order, and when all of them have been answered
  // the last one, on the same connection. Then `farewell`, where there is one, learns what became of the wills, and
  // `done` is called, perhaps from within.
  struct Leaving {
    std::vector<upstream::Message> wills;
    std::optional<upstream::Message> last;
    std::shared_ptr<Farewell> farewell;
    Done done;
  };
  // The client is detached. Its wills are sent when all that it published has been answered: at QoS 2 the broker passes
  // a message on only then.
  void leave(const std::shared_ptr<Client>& client, Leaving leaving);
  // The same of a client that was never here.
  void publish_all(upstream::PublisherId publisher, Leaving leaving);
  // The client is there, perhaps again: where a will is on its way what it publishes now comes after that.
  void arrive(Client& client);
  // Nothing more is published for the client than what waits.
  void close_publisher(Client& client);

  bool has_wills_on_their_way() const { return !wills_on_their_way_.empty(); }

 private:
  // What waits until a will has been answered.
  using Followers = std::shared_ptr<std::vector<Done>>;

  struct UnderWay {
    Leaving leaving;
    std::size_t missing = 0;  // answers
    std::expected<std::monostate, api::Error> result;
  };

  void answer(const std::shared_ptr<PublishCall>& request, const std::string& key, const PublishKeys::Outcome& outcome);
  void send(const std::shared_ptr<Client>& client, upstream::Message message,
            std::move_only_function<void(PublishKeys::Outcome)> done);
  void publish_last(upstream::PublisherId publisher, const std::shared_ptr<UnderWay>& under_way);
  void send_will(upstream::PublisherId publisher, upstream::Message message, Answer<std::monostate> done);

  const Origins& origins_;
  upstream::Broker& broker_;
  Subscriptions& subscriptions_;
  Clock clock_;
  PublishKeys keys_;
  WaitingRoom room_;
  std::size_t wills_in_order_ = 0;                                 // bytes; they wait for what their clients published
  std::unordered_map<std::string, Followers> wills_on_their_way_;  // of each client id the last one
};

}  // namespace lobbyd::hub
