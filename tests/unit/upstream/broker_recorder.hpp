#pragma once

#include "service/upstream/broker.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::upstream {

struct ReceivedMessage {
  LaneId lane;
  std::string topic;
  std::string payload;
  mqtt::QoS qos;
  bool retain;
  std::vector<std::uint32_t> subscription_ids;
};

// Writes down what a broker reports.
class BrokerRecorder final : public BrokerEvents {
 public:
  void on_status(const BrokerStatus& status) override { statuses.push_back(status); }
  void on_message(LaneId lane, const mqtt::Publish& message) override {
    messages.push_back({lane,
                        std::string(message.topic),
                        std::string(message.payload),
                        message.qos,
                        message.retain,
                        {message.subscription_ids.begin(), message.subscription_ids.end()}});
    ++messages_since_batch_end;
  }
  void on_batch_end() override {
    empty_batches += messages_since_batch_end == 0 ? 1 : 0;
    messages_since_batch_end = 0;
  }
  void on_lane_up(LaneId lane, bool session_present) override { ups.emplace_back(lane, session_present); }
  void on_lane_down(LaneId lane) override { downs.push_back(lane); }
  void on_lane_restored(LaneId lane) override { restored.push_back(lane); }

  std::size_t count(const std::string& topic) const {
    return static_cast<std::size_t>(std::ranges::count(messages, topic, &ReceivedMessage::topic));
  }

  std::vector<BrokerStatus> statuses;
  std::vector<ReceivedMessage> messages;
  std::vector<std::pair<LaneId, bool>> ups;
  std::vector<LaneId> downs;
  std::vector<LaneId> restored;
  int messages_since_batch_end = 0;
  int empty_batches = 0;
};

inline Message make_message(std::string topic, std::string payload, mqtt::QoS qos = mqtt::QoS::at_most_once,
                            bool retain = false) {
  Message message;
  message.topic = std::move(topic);
  message.payload = std::move(payload);
  message.qos = qos;
  message.retain = retain;
  return message;
}

}  // namespace lobbyd::upstream
