#pragma once

// Numbered messages from publishers to receivers, in streams of their own: a topic with all that subscribe to it. What
// is lost, comes twice or overtakes another of its publisher ends the run with std::runtime_error.
//
// Two ways to publish: as fast as the receivers take it, so many of each stream under way; or at a rate, whatever
// becomes of what was sent before (an open loop). Latency counts from when a message was to be sent, so that a sender
// or a server that lags behind does not hide it.

#include "tests/bench/load/fleet.hpp"
#include "tests/bench/load/histogram.hpp"
#include "tests/bench/load/usage.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace lobbyd::load {

struct Outcome {
  std::uint64_t messages = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t reads = 0;  // of the receivers' sockets
  Usage usage;
  Histogram latency;

  double rate() const { return static_cast<double>(messages) / usage.elapsed.count(); }
};

class Traffic final : public Receiver {
 public:
  struct Shape {
    std::size_t streams = 1;
    std::size_t receivers_each = 1;   // client number n receives the stream n / receivers_each
    std::size_t publishers_each = 1;  // message number n of a stream is sent by publisher n % publishers_each
    std::size_t payload_size = 128;
    bool answered = false;  // each message is answered to its publisher, who is told by way of on_published()
  };
  using Publish = std::function<void(std::uint32_t stream, std::uint32_t sequence, const std::string& payload)>;

  // Becomes the receiver of the fleet, which has subscribed. All must outlive it.
  Traffic(Loop& loop, const Target& target, Fleet& receivers, const Shape& shape, Publish publish);
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;
  ~Traffic() override { receivers_.set_receiver(nullptr); }

  // `messages` of each stream, `window` of them under way; none is sent later than `at_most` after the first.
  Outcome run_windowed(std::uint32_t messages, std::uint32_t window, Clock::duration at_most = std::chrono::seconds(4));
  // `rate` messages a second, of all streams in turn, as long as `more(sent)` says so: it is asked before each, and at
  // every turn of the loop.
  Outcome run_paced(double rate, const std::function<bool(std::uint64_t sent)>& more);

 private:
  struct Stream {
    std::uint32_t sent = 0;
    std::uint32_t last = 0;                 // windowed: where it ends
    std::uint32_t complete = 0;             // all before this one have come everywhere
    std::deque<std::uint32_t> outstanding;  // of those from there on: how many receivers lack it
  };

  void on_message(Client& client, std::string_view payload, Time read_at) override;
  void on_published(Client& client) override;
  void send(std::uint32_t stream, Time due);
  void fill(std::uint32_t stream);
  void check_order(std::uint32_t receiver, std::uint32_t sequence);
  Outcome measure(const std::function<void()>& run);
  void wait_for_all(Time deadline);

  Loop& loop_;
  const Target& target_;
  Fleet& receivers_;
  Shape shape_;
  Publish publish_;
  std::string payload_;
  std::vector<Stream> streams_;
  std::vector<std::uint32_t> next_;  // by receiver, then publisher: the number that must come next
  std::uint32_t window_ = 0;         // 0: paced
  Time end_;                         // windowed: nothing is sent after it
  std::uint64_t sent_ = 0;           // in this run
  std::uint64_t awaited_ = 0;        // deliveries that have not come
  std::uint64_t unanswered_ = 0;
  Histogram latency_;
};

}  // namespace lobbyd::load
