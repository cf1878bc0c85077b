#pragma once

// Joins the reader of retained messages to the broker: the daemon's own lane, on which it subscribes, the mark that is
// kept there, the echo that is heard there and on the lane of the clients' filters.

#include "protocol/mqtt/packets.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/names.hpp"
#include "service/hub/retained_reader.hpp"
#include "service/upstream/broker.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lobbyd::hub {

class RetainedLink final : private RetainedReader::Port {
 public:
  using TimePoint = RetainedReader::TimePoint;

  // `on_timeout_changed` as in RetainedReader::Port.
  RetainedLink(upstream::Broker& broker, const Names& names, const Options& options,
               std::move_only_function<void()> on_timeout_changed);
  RetainedLink(const RetainedLink&) = delete;
  RetainedLink& operator=(const RetainedLink&) = delete;
  ~RetainedLink() = default;

  RetainedReader& reader() { return reader_; }
  // Retained there is the mark of this instance's last read.
  const std::string& mark_topic() const { return mark_topic_; }
  // Reads closed topics, which no client may. Dropped when the link is lost.
  void read_closed(std::vector<std::string> filters, TimePoint now, RetainedReader::Done done);

  // Before the broker is started.
  void start();
  void on_own_lane_restored(TimePoint now);
  void on_own_lane_down(TimePoint now);
  void on_clients_lane_restored() { reader_.on_barrier_missed(); }
  // Whether the message is for here, and no client's.
  bool concerns(upstream::LaneId lane, const mqtt::Publish& message) const;
  void take(upstream::LaneId lane, const mqtt::Publish& message, TimePoint now);

 private:
  void publish_mark(const std::string& nonce) override;
  void subscribe(const std::vector<std::string>& filters, const std::string& nonce) override;
  void unsubscribe(const std::vector<std::string>& filters) override;
  void publish_echo(const std::string& nonce) override;
  void on_timeout_changed() override { on_timeout_changed_(); }
  void take_own(const mqtt::Publish& message, TimePoint now);

  upstream::Broker& broker_;
  const Names& names_;
  std::string mark_topic_;
  std::string echo_topic_;
  std::move_only_function<void()> on_timeout_changed_;
  RetainedReader reader_;
};

}  // namespace lobbyd::hub
