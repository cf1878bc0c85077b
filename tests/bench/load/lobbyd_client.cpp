#include "tests/bench/load/lobbyd_client.hpp"

namespace lobbyd::load {
namespace {

using websocket::Opcode;

// One id for each method: answers to one method come in order, and no more is needed to tell them apart.
constexpr std::string_view connect_request = R"({"jsonrpc":"2.0","id":1,"method":"connect"})";

}  // namespace

std::string_view payload_of_notification(std::string_view frame) {
  constexpr std::string_view begin = R"("payload":")";
  const auto at = frame.find(begin);
  if (at == std::string_view::npos) return {};
  frame.remove_prefix(at + begin.size());
  return frame.substr(0, frame.find('"'));
}

void LobbydClient::on_upgraded() {
  send_frame(Opcode::text, connect_request);
}

void LobbydClient::subscribe(std::span<const std::string> filters) {
  request_ = R"({"jsonrpc":"2.0","id":2,"method":"subscribe","params":{"topics":[)";
  std::string_view before = "\"";
  for (const auto& filter : filters) {
    request_ += before;
    request_ += filter;
    before = "\",\"";
  }
  request_ += "\"]}}";
  send_frame(Opcode::text, request_);
}

void LobbydClient::publish(const Message& message) {
  request_ = R"({"jsonrpc":"2.0",)";
  if (message.qos != QoS::at_most_once) request_ += R"("id":3,)";
  request_ += R"("method":"publish","params":{"topic":")";
  request_ += message.topic;
  request_ += R"(","payload":")";
  request_ += message.payload;
  request_ += '"';
  if (message.qos != QoS::at_most_once) request_ += R"(,"qos":1)";
  if (message.retain) request_ += R"(,"retain":true)";
  request_ += "}}";
  send_frame(Opcode::text, request_);
}

void LobbydClient::on_frame(std::span<char> payload) {
  const std::string_view frame(payload.data(), payload.size());
  if (const auto message = payload_of_notification(frame); !message.empty()) {
    observer().on_message(*this, message, read_at());
  } else if (frame.find(R"("id":)") != std::string_view::npos) {
    on_answer(frame);
  } else if (frame.find(R"("method":"broker")") == std::string_view::npos) {
    fail("got " + std::string(frame));
  }
}

void LobbydClient::on_answer(std::string_view frame) {
  if (frame.find(R"("result":)") == std::string_view::npos) fail("got " + std::string(frame));
  if (frame.find(R"("id":1,)") != std::string_view::npos) {
    observer().on_ready(*this);
  } else if (frame.find(R"("id":2,)") != std::string_view::npos) {
    observer().on_subscribed(*this);
  } else {
    observer().on_published(*this);
  }
}

}  // namespace lobbyd::load
