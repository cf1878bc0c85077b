#pragma once

// One connection of the pool and what waits for it. It is fed when its last write is done, and with no more than about
// 1 MiB at a time: the rest waits in the queue, where publishers are served in turn.

#include "service/upstream/answer_batch.hpp"
#include "service/upstream/broker_types.hpp"
#include "service/upstream/connection.hpp"
#include "service/upstream/lifeline.hpp"
#include "service/upstream/packet_view.hpp"
#include "service/upstream/publish_pace.hpp"
#include "service/upstream/publish_queue.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

namespace lobbyd::upstream {

using PublishAnswer = std::expected<mqtt::ReasonCode, PublishFailure>;
using PublishAnswers = AnswerBatch<PublishHandler, PublishAnswer>;

class PublishConnectionEvents {
 public:
  virtual void on_publish_link_up(const mqtt::ServerLimits& limits) = 0;
  virtual void on_publish_link_down() = 0;
  // Messages wait because the window is full, or as more a second may not be sent. Raised again and again while that is
  // so.
  virtual void on_congestion() = 0;
  // Nothing waits and nothing is in flight; raised whenever that becomes so, or stays so after some other output.
  virtual void on_drained() = 0;

 protected:
  ~PublishConnectionEvents() = default;
};

class PublishConnection final : private ConnectionEvents {
 public:
  // `rate` messages a second at most, 0 for no limit. `answers` is where all handlers are called from.
  PublishConnection(boost::asio::any_io_executor executor, ConnectionOptions options, PublishQueue::Limits limits,
                    std::uint32_t rate, ProtocolFallback& fallback, PublishAnswers& answers,
                    PublishConnectionEvents& events);
  PublishConnection(const PublishConnection&) = delete;
  PublishConnection& operator=(const PublishConnection&) = delete;
  ~PublishConnection() = default;

  void start() { connection_.start(); }
  void take_up_5() { connection_.take_up_5(); }
  void hold_back(bool held_back) { connection_.hold_back(held_back); }
  void publish(PublisherId publisher, Message message, PublishHandler handler);
  // Answers all that is left with `unavailable`.
  void abandon();
  // As Connection::disconnect.
  void disconnect(std::move_only_function<void()> done) { connection_.disconnect(std::move(done)); }

  // Or made anew just now: what comes meanwhile waits for that.
  bool connected() const { return connection_.standing(); }
  bool congested(std::chrono::steady_clock::time_point now) const;
  // As Broker::crowded.
  bool crowded() const { return connected() && queue_.crowded(); }
  bool drained() const { return queue_.empty() && in_flight_.empty(); }
  std::size_t queued_bytes() const { return queue_.bytes(); }
  const mqtt::ServerLimits& limits() const { return connection_.limits(); }
  // Empty while connected, and before the first attempt has ended.
  const std::optional<Disconnection>& disconnection() const { return disconnection_; }

 private:
  struct InFlight {
    PublishHandler handler;
    std::size_t weight = 0;
  };

  bool window_open() const;
  void wait_for_pace();
  std::optional<PublishFailure> unfit(const Message& message, std::chrono::steady_clock::time_point now) const;
  void send(QueuedPublish queued, std::chrono::steady_clock::time_point now);
  void note_congestion(bool paced);
  void fail(QueuedPublish queued);

  void on_connected(const mqtt::ServerLimits& limits) override;
  void on_disconnected(const Disconnection& disconnection) override;
  void on_writable() override;
  void on_all_written() override;
  void on_read_handled() override { answers_.give(); }
  void on_published(mqtt::Tag tag, mqtt::ReasonCode reason) override;

  PublishQueue queue_;
  PublishPace pace_;
  boost::asio::steady_timer pace_timer_;
  bool waits_for_pace_ = false;
  PublishAnswers& answers_;
  PublishConnectionEvents& events_;
  PacketView packet_;
  mqtt::Tag last_tag_ = 0;
  std::unordered_map<mqtt::Tag, InFlight> in_flight_;
  std::optional<std::chrono::steady_clock::time_point> congested_since_;
  std::optional<Disconnection> disconnection_;
  Connection connection_;
  Lifeline lifeline_;
};

}  // namespace lobbyd::upstream
