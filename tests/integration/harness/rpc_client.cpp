#include "tests/integration/harness/rpc_client.hpp"

#include "tests/integration/harness/unique_name.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace lobbyd::integration {
namespace {

RpcError to_error(const Json& answer) {
  const auto& error = answer.at("error");
  return {error.at("code").get<std::int64_t>(), error.at("message").get<std::string>(), error.value("data", Json())};
}

bool is_snake_case(const std::string& word) {
  return !word.empty() && std::ranges::all_of(word, [](unsigned char letter) {
    return std::islower(letter) || std::isdigit(letter) || letter == '_';
  });
}

}  // namespace

RpcFailure::RpcFailure(const std::string& method, RpcError failure)
    : std::runtime_error(method + " failed with " + std::to_string(failure.code) + ": " + failure.message + " " +
                         failure.data.dump()),
      error(std::move(failure)) {}

testing::AssertionResult is_error(const RpcError& error, std::int64_t code, std::string_view reason) {
  auto failure = testing::AssertionFailure()
                 << "the error is " << error.code << " \"" << error.message << "\" " << error.data.dump() << ": ";
  if (error.code != code) return failure << "its code should be " << code;
  if (error.message.empty()) return failure << "it has no message";
  if (!error.data.is_object() || !error.data.contains("reason")) return failure << "it has no data.reason";
  if (!error.data.at("reason").is_string()) return failure << "its reason is no string";
  const auto actual = error.data.at("reason").get<std::string>();
  if (!reason.empty() && actual != reason) return failure << "its reason should be " << reason;
  if (!is_snake_case(actual)) return failure << "its reason is no snake_case word";
  if (!error.data.contains("temporary") || !error.data.at("temporary").is_boolean()) {
    return failure << "it has no boolean data.temporary";
  }
  return testing::AssertionSuccess();
}

RpcClient::RpcClient(const Endpoint& endpoint, WebSocketOptions options) : socket_(endpoint, std::move(options)) {}

Json RpcClient::connect(const Json& params) {
  return call("connect", params);
}

Json RpcClient::call(const std::string& method, const Json& params, Deadline deadline) {
  const auto answer = wait_answer(send_request(method, params), deadline);
  if (answer.contains("error")) throw RpcFailure(method, to_error(answer));
  return answer.at("result");
}

RpcError RpcClient::refused(const std::string& method, const Json& params) {
  const auto answer = wait_answer(send_request(method, params));
  if (!answer.contains("error")) throw std::runtime_error(method + " should be refused, but: " + answer.dump());
  return to_error(answer);
}

std::int64_t RpcClient::send_request(const std::string& method, const Json& params) {
  const auto id = next_id_++;
  send({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
  return id;
}

void RpcClient::notify(const std::string& method, const Json& params) {
  send({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

Json RpcClient::wait_answer(const Json& id, Deadline deadline) {
  const auto key = id.dump();
  while (!answers_.contains(key)) take_frame(deadline);
  return std::move(answers_.extract(key).mapped());
}

Json RpcClient::wait_unmatched(Deadline deadline) {
  while (unmatched_.empty()) take_frame(deadline);
  auto frame = std::move(unmatched_.front());
  unmatched_.pop_front();
  return frame;
}

Json RpcClient::wait_notification(const std::string& method, const Predicate& predicate, Deadline deadline) {
  auto& waiting = notifications_[method];
  std::size_t looked_at = 0;
  while (true) {
    for (; looked_at < waiting.size(); ++looked_at) {
      if (predicate && !predicate(waiting[looked_at])) continue;
      auto params = std::move(waiting[looked_at]);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(looked_at));
      return params;
    }
    take_frame(deadline);
  }
}

std::vector<Json> RpcClient::next_messages(std::size_t count, Deadline deadline) {
  std::vector<Json> messages;
  messages.reserve(count);
  while (messages.size() < count) messages.push_back(next_message(deadline));
  return messages;
}

std::vector<Json> RpcClient::messages_until_now() {
  if (fence_topic_.empty()) {
    fence_topic_ = unique_name("fence");
    call("subscribe", {{"topic", fence_topic_}, {"qos", 1}, {"retained", false}});
  }
  const auto mark = unique_name("mark");
  call("publish", {{"topic", fence_topic_}, {"payload", mark}, {"qos", 1}});
  std::vector<Json> messages;
  while (true) {
    auto message = next_message();
    if (message.at("topic") == fence_topic_ && message.value("payload", "") == mark) return messages;
    messages.push_back(std::move(message));
  }
}

std::vector<Json> RpcClient::notifications_until_now(const std::string& method) {
  call("ping");
  const auto waiting = std::exchange(notifications_[method], {});
  return {waiting.begin(), waiting.end()};
}

void RpcClient::take_frame(Deadline deadline) {
  std::optional<std::string> text;
  try {
    text = socket_.receive(deadline);
  } catch (const DeadlineExceeded&) {
    throw DeadlineExceeded("what the test waits for has not come; the last frames were:\n" + received_summary());
  }
  if (!text) {
    const auto closing = socket_.wait_closed();
    throw std::runtime_error("the connection was closed with " + std::to_string(closing.code) + " \"" + closing.reason +
                             "\"; the last frames were:\n" + received_summary());
  }
  received_.push_back(*text);
  auto frame = Json::parse(*text);
  if (frame.is_object() && frame.contains("method")) {
    EXPECT_EQ(frame.at("jsonrpc"), "2.0");
    EXPECT_FALSE(frame.contains("id")) << *text;
    notifications_[frame.at("method").get<std::string>()].push_back(frame.at("params"));
  } else if (frame.is_object() && frame.contains("id") && !frame.at("id").is_null()) {
    EXPECT_EQ(frame.at("jsonrpc"), "2.0");
    EXPECT_NE(frame.contains("result"), frame.contains("error")) << *text;
    auto id = frame.at("id").dump();
    EXPECT_TRUE(answers_.try_emplace(std::move(id), std::move(frame)).second) << "answered twice: " << *text;
  } else {
    unmatched_.push_back(std::move(frame));
  }
}

std::string RpcClient::received_summary() const {
  constexpr std::size_t shown = 5;
  constexpr std::size_t length = 400;
  std::string summary;
  for (auto i = received_.size() - std::min(received_.size(), shown); i < received_.size(); ++i) {
    summary += "  " + received_[i].substr(0, length) + "\n";
  }
  return summary;
}

std::vector<std::string> topics_of(const std::vector<Json>& messages) {
  std::vector<std::string> result;
  for (const auto& message : messages) result.push_back(message.at("topic").get<std::string>());
  return result;
}

std::vector<std::string> payloads_of(const std::vector<Json>& messages) {
  std::vector<std::string> result;
  for (const auto& message : messages) result.push_back(message.at("payload").get<std::string>());
  return result;
}

}  // namespace lobbyd::integration
