#include "tests/unit/simulation/model_broker.hpp"

#include <utility>

namespace lobbyd::simulation {

using mqtt::ReasonCode;

ModelBroker::ModelBroker(Schedule& schedule, VirtualNetwork& network, Journal& journal, Dice& dice)
    : schedule_(schedule), network_(network), journal_(journal), dice_(dice) {
  network_.attach(Side::broker, *this);
}

void ModelBroker::send(Message message) {
  records_.waiting.push_back(message);
  if (!owner_) return;
  open_.at(*owner_).connection.send_waiting();
  flush(*owner_);
}

void ModelBroker::disconnect(ReasonCode reason) {
  if (!owner_) return;
  open_.at(*owner_).connection.disconnect(reason);
  close(*owner_);
}

void ModelBroker::restart(Memory memory, bool machine_goes, Duration away) {
  for (const auto& [link, open] : std::exchange(open_, {})) {
    machine_goes ? network_.vanish(link, Side::broker) : network_.close(link, Side::broker);
  }
  owner_.reset();
  if (memory == Memory::none) {
    if (session_.exists) ++records_.sessions_forgotten;
    session_ = {};
  }
  if (memory == Memory::saved_once) {
    journal_.forgive();
    session_ = saved_;
  }
  saved_ = session_;
  network_.set_listening(false);
  schedule_.after(away, [this] { network_.set_listening(true); });
}

void ModelBroker::on_open(LinkId link) {
  open_.emplace(link, Open{ModelConnection({session_, records_, journal_, dice_}, limits_), schedule_.now()});
}

void ModelBroker::on_bytes(LinkId link, std::string_view bytes) {
  Open& open = open_.at(link);
  open.last_received = schedule_.now();
  const bool was_connected = open.connection.is_connected();
  const bool goes_on = open.connection.receive(bytes);
  // Before its first byte is on its way: nothing of the former owner's may count from here on.
  if (!was_connected && open.connection.is_connected()) take_over(link);
  goes_on ? flush(link) : close(link);
}

void ModelBroker::on_end(LinkId link) {
  open_.erase(link);
  if (owner_ == link) owner_.reset();
}

// The late packets of the former owner find no connection any more (MQTT5 §3.1.4).
void ModelBroker::take_over(LinkId link) {
  if (owner_ && owner_ != link) {
    journal_.note("  broker: a connection takes the session of another");
    disconnect(ReasonCode::session_taken_over);
  }
  owner_ = link;
  if (open_.at(link).connection.keep_alive().count() != 0) watch(link);
}

void ModelBroker::flush(LinkId link) {
  if (const std::string output = open_.at(link).connection.take_output(); !output.empty()) {
    network_.send(link, Side::broker, output);
  }
}

void ModelBroker::close(LinkId link) {
  flush(link);
  network_.close(link, Side::broker);
  on_end(link);
}

// One and a half keep alives (MQTT5 §3.1.2.10).
void ModelBroker::watch(LinkId link) {
  const auto patience = std::chrono::duration_cast<Duration>(open_.at(link).connection.keep_alive()) * 3 / 2;
  const TimePoint due = open_.at(link).last_received + patience;
  schedule_.at(due, [this, link, patience] {
    const auto found = open_.find(link);
    if (found == open_.end()) return;
    if (schedule_.now() < found->second.last_received + patience) return watch(link);
    journal_.note("  broker: nothing heard for one and a half keep alives");
    found->second.connection.disconnect(ReasonCode::keep_alive_timeout);
    close(link);
  });
}

}  // namespace lobbyd::simulation
