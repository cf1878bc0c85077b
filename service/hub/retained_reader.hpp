#pragma once

// Reads retained messages from the broker for those who ask, without I/O.
//
// One read is under way at a time; what is asked for meanwhile waits for the next, which serves all of it (single
// flight). A read is one SUBSCRIBE at QoS 0 on the daemon's own connection: the filters asked for, and behind them
// the *mark*, a topic to which the daemon has published a retained message just before, whose payload names this very
// SUBSCRIBE (the nonce). A broker that sends retained messages in the order of the packet's filters has sent the whole
// set when that mark comes; one that had to cut the set cuts the mark, too (Mosquitto, whose queue is full then and
// stays full until the packet is worked off).
//
// Behind the SUBSCRIBE an *echo* is published, which comes back on this connection and on the one that carries the
// clients' filters. There, all that the broker had routed before the read stands in front of it: so after the echo
// it is known which retained copies a live message has overtaken. Here, a mark behind its own echo, or a copy behind
// the mark, shows a broker that sends retained messages on their own time: from then on a read ends when nothing has
// come for a while, and says `settled`. So it does where the echo does not come at all. The mark of an earlier
// SUBSCRIBE proves nothing, whether it is late or the broker has not stored the newer one yet: the latter comes
// behind its own echo.
//
// The first read on a link asks for the mark by a filter with a wildcard. A broker that finds retained messages by
// their exact topic alone (RabbitMQ) does not send it then, and no set of a filter with wildcards is exact there. Where
// the limits say so beforehand such filters are not read at all, and their sets are `truncated`.
//
// Where the broker bounds what a connection publishes in a second a SUBSCRIBE waits for its turn.
//
// A mark that does not come although marks came before tells of a cut set. It is read again in halves; that of a single
// filter in parts, by the values of its next level that were seen. What was not seen cannot be asked for, so the set of
// that filter stays `truncated`.

#include "service/hub/message.hpp"
#include "service/hub/retained_requests.hpp"
#include "service/hub/retained_sets.hpp"
#include "service/upstream/publish_pace.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class RetainedReader {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Ticket = RetainedRequests::Ticket;
  using Done = RetainedRequests::Done;

  // What the reader does to the world. Called from within its functions; must not call back, but may ask for
  // `next_timeout`.
  class Port {
   public:
    // Retained, on the daemon's own connection, which carries the next two as well.
    virtual void publish_mark(const std::string& nonce) = 0;
    // One SUBSCRIBE at QoS 0; `on_subscribed` tells the answer, with the same nonce.
    virtual void subscribe(const std::vector<std::string>& filters, const std::string& nonce) = 0;
    virtual void publish_echo(const std::string& nonce) = 0;
    virtual void unsubscribe(const std::vector<std::string>& filters) = 0;
    // `next_timeout` may be another now.
    virtual void on_timeout_changed() = 0;

   protected:
    ~Port() = default;
  };

  struct Limits {
    std::size_t messages;  // of one read
    std::size_t bytes;
    std::size_t waiting_bytes = 32U << 20U;    // of requests that wait: see `full`
    std::size_t filters = 4'096;               // of one read; one request's are never divided
    std::size_t packet_bytes = 256U << 10U;    // of one SUBSCRIBE, or the broker's limit where that is less
    std::size_t parts = 16;                    // of one SUBSCRIBE after a cut
    std::uint32_t publish_rate = 0;            // marks and echoes a second; 0: no limit
    std::chrono::milliseconds quiet{300};      // nothing came for so long: settled, or cut where the echo has come
    std::chrono::milliseconds cut{3'000};      // nothing came for so long, no mark either: cut
    std::chrono::milliseconds barrier{1'000};  // after the mark the echoes are waited for so long
    std::chrono::milliseconds read{25'000};    // a whole read, however much it brings: less than a request's time
  };

  // What the broker takes in one SUBSCRIBE.
  struct BrokerLimits {
    std::size_t bytes = 0;                                          // 0 for no limit
    std::size_t filters = std::numeric_limits<std::size_t>::max();  // the mark's among them: at least 2
    bool wildcards = true;                                          // filters with some bring retained messages
  };

  // `mark` is the topic that `Port` publishes the mark to; `closed` as in RetainedSets.
  RetainedReader(Port& port, std::string mark, Limits limits, ClosedNames closed = ClosedNames());

  // Waits while the link is down. `done` is called from within a later call, unless the request is cancelled first.
  // `owner` is for `forget` alone.
  Ticket request(const void* owner, std::vector<std::string> filters, TimePoint now, Done done);
  // A read that nobody waits for any more ends. No effect on requests that have been answered.
  void cancel(Ticket ticket, TimePoint now);
  void forget(const void* owner, TimePoint now);
  // Whether so much waits that requests of clients are to be refused.
  bool full() const { return requests_.bytes() >= limits_.waiting_bytes; }
  // Whether the read under way is to bring copies of this topic.
  bool wants(std::string_view topic) const {
    return topic == mark_ || (read_ && (read_->closed || !closed_.has_topic(topic)));
  }
  // Whether filters with wildcards find retained messages on this link. Known once a request has been served.
  bool finds_by_wildcard() const { return wildcards_ && broker_.wildcards; }

  // Events of the daemon's own connection.
  void on_link_up(BrokerLimits broker, TimePoint now);
  void on_link_down();
  void on_subscribed(std::string_view nonce, const std::vector<mqtt::ReasonCode>& reasons, TimePoint now);
  void on_retained(MessagePtr copy, TimePoint now);
  void on_echo(std::string_view nonce, TimePoint now);
  // The echo on the connection of the clients' filters.
  void on_barrier(std::string_view nonce, TimePoint now);
  // That connection has just been made: the echo of before may not come there.
  void on_barrier_missed();

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  struct Read {
    // The first read on a link serves nobody.
    bool is_probe() const { return batch.end == 0; }

    RetainedRequests::Batch batch;   // the requests served
    bool closed = false;             // some of them for closed topics
    std::deque<std::string> to_ask;  // filters
    std::size_t at_once = 0;         // of `to_ask`, in one SUBSCRIBE
    RetainedCopies result;
    std::unordered_map<std::string_view, std::size_t> by_topic;  // keys are views into the copies
    std::size_t bytes = 0;
    TimePoint started;
    bool settled = false;
    bool truncated = false;
    // Of the SUBSCRIBE under way.
    std::vector<std::string> asked;  // the mark left out
    std::uint64_t nonce = 0;
    bool sent = false;
    TimePoint pace_opens;  // until it is
    TimePoint last_activity;
    std::size_t marks = 0;  // that are still to come: one for each filter that matches the mark
    bool some_mark = false;
    bool mark_refused = false;
    std::optional<TimePoint> marked;  // when the last of the marks came
    bool subscribed = false;
    bool echoed = false;
    bool barrier = false;
  };
  enum class Step : std::uint8_t { wait, send, whole, settled, cut, expired };

  void start_read(TimePoint now);
  void ask(TimePoint now);
  void send(TimePoint now);
  void put_to_ask(const std::vector<std::string>& filters);
  std::vector<std::string> next_to_ask();
  std::vector<std::string> with_mark(const Read& read) const;
  bool is_current(std::string_view nonce) const;
  // What to do next, and the time at which that would change if nothing comes.
  std::pair<Step, TimePoint> step(TimePoint now) const;
  void advance(TimePoint now);
  void divide_cut_set();
  void ask_or_finish(TimePoint now);
  void end_unwanted_read(TimePoint now);
  void finish(TimePoint now);
  void take_mark(std::string_view nonce, TimePoint now);
  void store(MessagePtr copy);

  Port& port_;
  std::string mark_;
  ClosedNames closed_;
  Limits limits_;
  RetainedRequests requests_;
  upstream::PublishPace pace_;  // of what is sent: each SUBSCRIBE goes with a mark and an echo
  std::unique_ptr<Read> read_;  // the one under way
  BrokerLimits broker_;
  std::uint64_t last_nonce_ = 0;
  std::uint64_t last_echo_ = 0;  // its nonce
  bool link_ = false;
  bool probed_ = false;        // the first read on this link has begun
  bool giving_ = false;        // the sets of a read are being given out
  bool mark_works_ = false;    // one came behind its SUBSCRIBE, on this link
  bool wildcards_ = true;      // this broker finds retained messages by filters that have some
  bool asynchronous_ = false;  // this broker sends retained messages on their own time
};

}  // namespace lobbyd::hub
