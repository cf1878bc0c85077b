#pragma once

// Reads retained messages from the broker for those who ask, without I/O.
//
// One read is under way at a time; what is asked for meanwhile waits for the next, which serves all of it (single
// flight). A read is one SUBSCRIBE at QoS 0 on the daemon's own connection: the filters asked for, and behind them
// the *mark*, a topic on which the daemon keeps a retained message of its own. A broker that sends retained messages
// in the order of the packet's filters has sent the whole set when the mark comes; one that had to cut the set cuts
// the mark, too (Mosquitto, whose queue is full then and stays full until the packet is worked off).
//
// Behind the SUBSCRIBE an *echo* is published, which comes back on this connection and on the one that carries the
// clients' filters. There, all that the broker had routed before the read stands in front of it: so after the echo
// it is known which retained copies a live message has overtaken. Here, an echo in front of the mark, or a copy behind
// the mark, shows a broker that sends retained messages on their own time: from then on a read ends when nothing has
// come for a while, and says `settled`.
//
// A mark that does not come although it came before tells of a cut set: it is read again in parts, by the values of
// the filter's next level that were seen. What was not seen cannot be asked for, so such a set stays `truncated`.

#include "protocol/api/results.hpp"
#include "protocol/mqtt/types.hpp"
#include "service/hub/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::hub {

// The filters that together cover what is known of `filter`'s matches: its first wildcard level replaced by each value
// that `topics` have there. Empty where the filter has no wildcard, or nothing was seen.
std::vector<std::string> split_filter(std::string_view filter, const std::vector<std::string_view>& topics);

class RetainedReader {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // What the reader does to the world. Called from within its functions; must not call back.
  class Port {
   public:
    // One SUBSCRIBE at QoS 0 on the daemon's own connection; `on_subscribed` tells the answer, with the same nonce.
    virtual void subscribe(const std::vector<std::string>& filters, const std::string& nonce) = 0;
    virtual void unsubscribe(const std::vector<std::string>& filters) = 0;
    virtual void publish_echo(const std::string& nonce) = 0;

   protected:
    ~Port() = default;
  };

  struct Limits {
    std::size_t messages;
    std::size_t bytes;
    std::size_t filters = 64;                  // of one read; one request's are never divided
    std::size_t parts = 16;                    // of one SUBSCRIBE after a cut
    std::chrono::milliseconds quiet{300};      // nothing came for so long: settled
    std::chrono::milliseconds cut{3'000};      // the mark is missing for so long: cut
    std::chrono::milliseconds barrier{1'000};  // the clients' connection is waited for so long
    std::chrono::milliseconds read{10'000};    // a whole read, its parts included
  };

  struct Set {
    std::vector<MessagePtr> messages;  // one for each topic, in the order of arrival
    api::Completeness complete = api::Completeness::exact;
    std::optional<mqtt::ReasonCode> refused;  // by the broker, where it refused one of the filters
  };
  using Done = std::move_only_function<void(const Set&)>;

  // `mark` is the topic of the retained message that `Port` keeps at the broker.
  RetainedReader(Port& port, std::string mark, Limits limits);

  // Waits while the link is down. `done` is called from within a later call.
  void request(std::vector<std::string> filters, TimePoint now, Done done);

  // Events of the daemon's own connection.
  void on_link_up(TimePoint now);
  void on_link_down();
  void on_subscribed(std::string_view nonce, const std::vector<mqtt::ReasonCode>& reasons, TimePoint now);
  void on_retained(MessagePtr copy, TimePoint now);
  void on_echo(std::string_view nonce, TimePoint now);
  // The echo on the connection of the clients' filters.
  void on_barrier(std::string_view nonce, TimePoint now);

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  struct Request {
    std::vector<std::string> filters;
    Done done;
  };
  struct Read {
    std::vector<Request> requests;
    std::vector<std::string> filters;                            // distinct
    std::vector<std::string> asked;                              // of the SUBSCRIBE under way, the mark left out
    std::deque<std::string> parts;                               // still to be asked for, after a cut
    std::unordered_map<std::string_view, std::size_t> by_topic;  // keys are views into the copies
    std::vector<MessagePtr> copies;
    std::size_t bytes = 0;
    std::map<std::string, mqtt::ReasonCode, std::less<>> refused;
    std::string nonce;
    TimePoint started;
    TimePoint last_activity;
    std::size_t marks = 0;  // that are still to come: one for each filter that matches the mark
    bool some_mark = false;
    std::optional<TimePoint> marked;
    bool subscribed = false;
    bool echoed = false;
    bool barrier = false;
    bool truncated = false;
  };
  enum class Step : std::uint8_t { wait, whole, settled, cut, expired };

  void start_read(TimePoint now);
  void ask(std::vector<std::string> filters, TimePoint now);
  // What to do next, and the time at which that would change if nothing comes.
  std::pair<Step, TimePoint> step(TimePoint now) const;
  void advance(TimePoint now);
  void split_cut_read();
  void read_parts(TimePoint now);
  void finish(api::Completeness complete, TimePoint now);
  void store(MessagePtr copy);

  Port& port_;
  std::string mark_;
  Limits limits_;
  std::deque<Request> waiting_;
  std::unique_ptr<Read> read_;  // the one under way
  std::uint64_t reads_ = 0;
  bool link_ = false;
  bool mark_works_ = false;    // it came at least once on this link
  bool asynchronous_ = false;  // this broker sends retained messages on their own time
};

}  // namespace lobbyd::hub
