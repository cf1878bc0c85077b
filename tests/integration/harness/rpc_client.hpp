#pragma once

#include "tests/integration/harness/websocket_client.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::integration {

using Json = nlohmann::json;

struct RpcError {
  std::int64_t code = 0;
  std::string message;
  Json data;
};

/// A call was answered with an error that the test did not ask for.
class RpcFailure : public std::runtime_error {
 public:
  RpcFailure(const std::string& method, RpcError failure);
  RpcError error;
};

/// Whether the error has this code and reason, a message, and `temporary`, as the contract wants of every error.
testing::AssertionResult is_error(const RpcError& error, std::int64_t code, std::string_view reason);

/// A JSON-RPC client. What comes is kept in the order in which it came, until a wait takes it.
class RpcClient {
 public:
  using Predicate = std::function<bool(const Json&)>;

  explicit RpcClient(const Endpoint& endpoint, WebSocketOptions options = {});

  WebSocketClient& socket() { return socket_; }

  /// call("connect"); the usual first step.
  Json connect(const Json& params = Json::object());
  /// The result; throws RpcFailure if the answer is an error.
  Json call(const std::string& method, const Json& params = Json::object(), Deadline deadline = default_deadline());
  /// The error; throws std::runtime_error if the call succeeds.
  RpcError refused(const std::string& method, const Json& params = Json::object());

  /// Sends a request without waiting, and returns its id.
  std::int64_t send_request(const std::string& method, const Json& params = Json::object());
  /// A request without id: fire and forget.
  void notify(const std::string& method, const Json& params = Json::object());
  void send(const Json& frame) { socket_.send_text(frame.dump()); }
  void send_text(std::string text) { socket_.send_text(std::move(text)); }

  /// The whole answer to the request with this id.
  Json wait_answer(const Json& id, Deadline deadline = default_deadline());
  /// The next frame that is neither a notification nor an answer with an id: a batch's answer, an error without id.
  Json wait_unmatched(Deadline deadline = default_deadline());
  /// The params of the first waiting notification of this method that fulfils the predicate.
  Json wait_notification(const std::string& method, const Predicate& predicate = {},
                         Deadline deadline = default_deadline());
  /// The params of the next `message`.
  Json next_message(Deadline deadline = default_deadline()) { return wait_notification("message", {}, deadline); }
  std::vector<Json> next_messages(std::size_t count, Deadline deadline = default_deadline());

  /// All messages that came before one that this client publishes now (at QoS 1) comes back to it. The broker keeps
  /// the order, so whatever was published, and acknowledged, earlier is among them or never comes.
  std::vector<Json> messages_until_now();
  /// Waits for the end of what the server had to say at this moment, by a `ping`, and returns the params of the
  /// waiting notifications of this method.
  std::vector<Json> notifications_until_now(const std::string& method);

  /// Every frame so far, in order, as text: for the order across answers and notifications, and the exact spelling.
  const std::vector<std::string>& received() const { return received_; }

  /// Waits for the end of the connection.
  Closing wait_closed(Deadline deadline = default_deadline()) { return socket_.wait_closed(deadline); }

 private:
  void take_frame(Deadline deadline);
  std::string received_summary() const;

  WebSocketClient socket_;
  std::int64_t next_id_ = 1;
  std::vector<std::string> received_;
  std::map<std::string, Json> answers_;  // by the id's JSON text
  std::map<std::string, std::deque<Json>> notifications_;
  std::deque<Json> unmatched_;
  std::string fence_topic_;
};

/// The topics, in order, of `message` params.
std::vector<std::string> topics_of(const std::vector<Json>& messages);
/// The payloads, in order, of `message` params that have textual ones.
std::vector<std::string> payloads_of(const std::vector<Json>& messages);

}  // namespace lobbyd::integration
