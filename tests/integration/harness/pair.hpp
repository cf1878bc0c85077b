#pragma once

#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lobbyd::integration {

/// Two daemons on one broker, the first of them with several threads.
struct Pair {
  explicit Pair(const std::string& config = "");

  Broker broker;
  Daemon first;
  Daemon second;
};

/// A test on the two daemons that all tests of the program share, for what the services do on one instance and between
/// two. They have no rates; boards by the ends of their names: ".asc" (order), ".last", ".sum" (operators), ".small"
/// (two entries), ".right" (submit), ".mirrored" (topic "mirrored/{board}/{player}"), and all others
/// with the defaults; and a STUN and a TURN server, that with a secret.
class SharedPairTest : public testing::Test {
 protected:
  using Client = std::unique_ptr<RpcClient>;

  void SetUp() override;
  /// Also looks whether the daemons have survived the test, and shows what they logged during a failed one.
  void TearDown() override;

  const Endpoint& first() { return pair_->first.listen(); }
  const Endpoint& second() { return pair_->second.listen(); }
  const Endpoint& broker() { return pair_->broker.endpoint(); }

  /// A name of a client, player, room or board that only this test uses.
  std::string own(const std::string& name) const { return prefix_ + '.' + name; }
  /// A client that has connected, of the id own(name), and so of the player own(name).
  Client client(const Endpoint& daemon, const std::string& name, Json params = Json::object());
  Client here(const std::string& name, const Json& params = Json::object()) { return client(first(), name, params); }
  Client there(const std::string& name, const Json& params = Json::object()) { return client(second(), name, params); }

  /// The same client again, after its connection was lost, with the session that `result` (of its connect) began. What
  /// it has received is given by count.
  Client resume(const Endpoint& daemon, const std::string& name, const Json& result, std::uint64_t received);
  Json connected_;  ///< the result of the last connect

 private:
  std::shared_ptr<Pair> pair_;
  std::string prefix_;
  std::size_t logged_before_ = 0;
};

/// The values of this field, in order.
std::vector<Json> field_of(const Json& list, const std::string& field);
/// All entries of the pages of a list, by `next` and `cursor`.
std::vector<Json> all_pages(RpcClient& client, const std::string& method, Json params, const std::string& list);

}  // namespace lobbyd::integration
