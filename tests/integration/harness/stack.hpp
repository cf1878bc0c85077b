#pragma once

#include "tests/integration/harness/daemon.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/mqtt_client.hpp"
#include "tests/integration/harness/rpc_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace lobbyd::integration {

/// Waits until /readyz says that the daemon has its broker; throws DeadlineExceeded.
void wait_broker_connected(Daemon& daemon);

/// A Mosquitto with default limits, and a daemon on it that has connected.
struct Stack {
  explicit Stack(const std::string& config = "", MosquittoOptions broker_options = {});

  Mosquitto broker;
  Daemon daemon;
};

/// The way from the daemon to its broker: the MQTT version, and with it, to save a dimension, the number of threads.
enum class Upstream { mqtt_5, mqtt_3_1_1 };
void PrintTo(Upstream upstream, std::ostream* stream);

/// A test on the stack that all tests of the program share for one kind of upstream: for everything that needs no
/// configuration of its own and ends neither broker nor daemon. It is started when first needed, and again should a
/// test have cost it its life.
class SharedStackTest : public testing::Test {
 protected:
  explicit SharedStackTest(Upstream upstream = Upstream::mqtt_5);
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

/// The same for both kinds of upstream; INSTANTIATE_FOR_BOTH_UPSTREAMS names the suites' instances.
class BothUpstreamsTest : public SharedStackTest, public testing::WithParamInterface<Upstream> {
 protected:
  BothUpstreamsTest() : SharedStackTest(GetParam()) {}
};

std::string upstream_name(const testing::TestParamInfo<Upstream>& info);

#define INSTANTIATE_FOR_BOTH_UPSTREAMS(suite) \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(Upstream::mqtt_5, Upstream::mqtt_3_1_1), upstream_name)

}  // namespace lobbyd::integration
