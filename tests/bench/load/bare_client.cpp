#include "tests/bench/load/bare_client.hpp"

#include "tests/bench/load/lobbyd_client.hpp"

#include <cstdint>
#include <stdexcept>

namespace lobbyd::load {
namespace {

template <class Number>
void append_number(std::string& out, std::size_t value) {
  const auto number = static_cast<Number>(value);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

void BareClient::on_connected() {
  skip_upgrade();
  observer().on_ready(*this);
}

void BareClient::subscribe(std::span<const std::string> filters) {
  if (filters.size() != 1) throw std::logic_error("a bare server takes one filter");
  std::string& out = output();
  out += 'S';
  append_number<std::uint16_t>(out, filters[0].size());
  out += filters[0];
}

void BareClient::publish(const Message& message) {
  if (message.qos != QoS::at_most_once) throw std::logic_error("a bare server answers nothing");
  frame_.clear();
  websocket::append_frame(frame_, websocket::Opcode::text, [&](std::string& out) {
    out += R"({"jsonrpc":"2.0","method":"message","params":{"topic":")";
    out += message.topic;
    out += R"(","payload":")";
    out += message.payload;
    out += R"(","qos":0}})";
  });
  std::string& out = output();
  out += 'P';
  append_number<std::uint16_t>(out, message.topic.size());
  append_number<std::uint32_t>(out, frame_.size());
  out += message.topic;
  out += frame_;
}

void BareClient::on_frame(std::span<char> payload) {
  if (payload.empty()) {
    observer().on_subscribed(*this);
  } else {
    observer().on_message(*this, payload_of_notification({payload.data(), payload.size()}), read_at());
  }
}

}  // namespace lobbyd::load
