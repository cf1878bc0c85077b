#pragma once

#include "tests/integration/harness/broker.hpp"
#include "tests/integration/harness/daemon.hpp"
#include "tests/integration/harness/mqtt_client.hpp"
#include "tests/integration/harness/rpc_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lobbyd::integration {

/// Waits until /readyz says that the daemon has its broker; throws DeadlineExceeded.
void wait_broker_connected(Daemon& daemon);

/// The broker under test with default limits, and a daemon on it that has connected.
struct Stack {
  explicit Stack(const std::string& config = "", BrokerOptions broker_options = {});

  Broker broker;
  Daemon daemon;
};

/// Whether a `retained` result, or one of `retained.get`, says that its set is whole, as far as the broker can prove
/// it.
testing::AssertionResult is_whole(const Json& result);
/// The same, and that it has so many.
testing::AssertionResult is_whole(const Json& result, std::size_t count);

/// A test on the stack that all tests of the program share for one MQTT version (and with it, to save a dimension, one
/// number of threads): for everything that needs no
/// configuration of its own and ends neither broker nor daemon. It is started when first needed, and again should a
/// test have cost it its life.
class SharedStackTest : public testing::Test {
 protected:
  explicit SharedStackTest(Upstream upstream = upstreams().front());
  void SetUp() override;
  /// Also looks whether the daemon has survived the test, and shows what it logged during a failed one.
  void TearDown() override;

  Stack& stack() { return *stack_; }
  const Endpoint& listen() { return stack_->daemon.listen(); }
  const Endpoint& broker() { return stack_->broker.endpoint(); }

  /// A topic (or filter) below a level that only this test uses.
  std::string topic(const std::string& levels) const { return prefix_ + "/" + levels; }
  const std::string& prefix() const { return prefix_; }

  /// A client that has connected, with these `connect` params.
  std::unique_ptr<RpcClient> client(const Json& params = Json::object());
  /// An MQTT client at the broker itself.
  std::unique_ptr<MqttClient> mqtt(MqttOptions options = {});

  Upstream upstream() const { return upstream_; }
  bool is_mqtt_5() const { return upstream_ == Upstream::mqtt_5; }

 private:
  Upstream upstream_;
  std::shared_ptr<Stack> stack_;
  std::string prefix_;
  std::size_t logged_before_ = 0;
};

/// The same for both versions, where the broker under test has both; INSTANTIATE_FOR_BOTH_UPSTREAMS names the suites'
/// instances.
class BothUpstreamsTest : public SharedStackTest, public testing::WithParamInterface<Upstream> {
 protected:
  BothUpstreamsTest() : SharedStackTest(GetParam()) {}
};

std::string upstream_name(const testing::TestParamInfo<Upstream>& info);

#define INSTANTIATE_FOR_BOTH_UPSTREAMS(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(upstreams()), upstream_name)

}  // namespace lobbyd::integration
