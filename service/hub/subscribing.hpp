#pragma once

// The life of a subscribe: its turn behind the client's publishes, members and the broker's grant, then the retained
// messages that match, then the answer. Live messages are held back for the client meanwhile, all of them: what one
// publisher sent reaches the client in that order, across topics.

#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/retained_reader.hpp"
#include "service/hub/subscriptions.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class Subscribing;

struct SubscribeCall : Pending<api::SubscribeResult>, std::enable_shared_from_this<SubscribeCall> {
  SubscribeCall(Subscribing& subscribing, Client& asker, Answer<api::SubscribeResult> answer)
      : Pending(asker, std::move(answer)), owner(subscribing) {}
  void expire() override;

  Subscribing& owner;
  api::SubscribeParams params;
  std::vector<std::string> read;  // the filters whose retained messages are wanted
  bool holds = false;             // live messages are held back for it
  HoldBack::Since since = 0;
  RetainedReader::Ticket reading = 0;
  bool copies_outdated = false;  // some were left out, since what is held back is newer
  api::SubscribeResult result;
  std::size_t missing = 0;  // grants that have not come yet
  RequestOrder::Ticket ticket = 0;
  bool finished = false;
};

class Subscribing {
 public:
  using TimePoint = RetainedReader::TimePoint;

  using Clock = TimePoint (*)();

  Subscribing(const Options& options, Subscriptions& subscriptions, RetainedReader& reader,
              Clock clock = &std::chrono::steady_clock::now)
      : options_(options), subscriptions_(subscriptions), reader_(reader), clock_(clock) {}

  // The filters have been checked. Returns the request, for its deadline.
  std::shared_ptr<SubscribeCall> subscribe(Client& client, api::SubscribeParams params, bool read_retained,
                                           Answer<api::SubscribeResult> answer);
  // To the client, or held back for it.
  void deliver(Client& client, const Delivery& delivery);

  // On MQTT 5 a live message shows whether it was published as retained.
  void set_retain_as_published(bool on) { retain_as_published_ = on; }

 private:
  friend SubscribeCall;
  void start(const std::shared_ptr<SubscribeCall>& call, bool read_retained);
  void on_granted(const std::shared_ptr<SubscribeCall>& call, std::size_t index, mqtt::ReasonCode reason);
  void on_all_granted(const std::shared_ptr<SubscribeCall>& call);
  void on_retained(const std::shared_ptr<SubscribeCall>& call, const RetainedSet& set);
  void finish(const std::shared_ptr<SubscribeCall>& call);

  const Options& options_;
  Subscriptions& subscriptions_;
  RetainedReader& reader_;
  Clock clock_;
  bool retain_as_published_ = false;
};

}  // namespace lobbyd::hub
