#pragma once

// After a break of the broker's link, changes may have been missed: all who hold filters get what is retained there
// again, client after client. Live messages are held back for a client until its own filters have been read.

#include "service/hub/client.hpp"
#include "service/hub/fan_out.hpp"
#include "service/hub/pending.hpp"
#include "service/hub/retained_reader.hpp"
#include "service/hub/subscriptions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lobbyd::hub {

class ReadingAgain {
 public:
  using TimePoint = RetainedReader::TimePoint;
  using Clock = TimePoint (*)();

  // `fan_out` is the hub's own: clients bear the marks of one.
  ReadingAgain(Subscriptions& subscriptions, RetainedReader& reader, FanOut& fan_out, Clock clock)
      : subscriptions_(subscriptions), reader_(reader), fan_out_(fan_out), clock_(clock) {}

  // Begins anew where it is under way. When what is returned expires nothing is held back any more, and the reading
  // goes on.
  std::shared_ptr<Expiring> start();
  // The client has gone.
  void forget(const Client& client) { held_.erase(&client); }

 private:
  struct Held {
    std::shared_ptr<Client> client;
    HoldBack::Since since;
  };
  struct Patience : Expiring {
    explicit Patience(ReadingAgain& reading) : owner(reading) {}
    void expire() override { owner.hold_no_longer(); }

    ReadingAgain& owner;
  };

  void hold_all();
  void read_next();
  void collect(const Client& client, std::vector<std::string>& filters);
  void on_retained(const RetainedSet& set);
  void deliver(const MessagePtr& copy);
  void release(const Client* client);
  void hold_no_longer();

  Subscriptions& subscriptions_;
  RetainedReader& reader_;
  FanOut& fan_out_;
  Clock clock_;
  std::unordered_map<const Client*, Held> held_;
  std::deque<const Client*> waiting_;        // whose filters are still to be read; some may have gone
  std::vector<const Client*> served_;        // by the read under way
  std::unordered_set<std::uint32_t> asked_;  // identifiers of the filters of the read under way
  std::unordered_set<std::uint32_t> done_;   // of those that need not be read any more
  std::vector<Filter*> matched_;
  std::shared_ptr<Patience> patience_;
};

}  // namespace lobbyd::hub
