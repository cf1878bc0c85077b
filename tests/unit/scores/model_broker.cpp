#include "tests/unit/scores/model_broker.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::scores::test {

ModelBroker::ModelBroker(Schedule& schedule, Dice& dice, Journal& journal)
    : schedule_(schedule), dice_(dice), journal_(journal) {}

ModelBroker::Handle ModelBroker::connect(Receiver receiver) {
  auto connection = std::make_shared<Connection>(Connection{.receiver = std::move(receiver)});
  schedule_.at(after_a_way(connection->sent_until), [this, connection] {
    if (connection->cut != TimePoint::max()) return;
    subscribers_.push_back(connection);
    for (const auto& [topic, payload] : retained_) {
      deliver(connection, [connection, topic, payload] { connection->receiver.on_message(topic, payload); });
    }
    deliver(connection, [connection] { connection->receiver.on_retained_end(); });
  });
  return connection;
}

void ModelBroker::cut(const Handle& connection) {
  connection->cut = schedule_.now() + dice_.up_to(longest_way);
  std::erase(subscribers_, connection);
}

void ModelBroker::publish(const Handle& connection, const std::string& topic, const std::string& payload) {
  schedule_.at(after_a_way(connection->sent_until), [this, connection, topic, payload] {
    if (schedule_.now() > connection->cut) return;
    history_.emplace_back(topic, payload);
    journal_.note("broker: " + topic + " = " + payload);
    if (payload.empty()) {
      retained_.erase(topic);
    } else {
      retained_[topic] = payload;
    }
    for (const Handle& subscriber : subscribers_) {
      deliver(subscriber, [subscriber, topic, payload] { subscriber->receiver.on_message(topic, payload); });
    }
  });
}

void ModelBroker::deliver(const Handle& connection, std::function<void()> delivery) {
  schedule_.at(after_a_way(connection->received_until), [connection, delivery = std::move(delivery)] {
    if (connection->cut == TimePoint::max()) delivery();
  });
}

TimePoint ModelBroker::after_a_way(TimePoint& taken_until) {
  taken_until = std::max(taken_until, schedule_.now() + dice_.up_to(longest_way));
  return taken_until;
}

}  // namespace lobbyd::scores::test
