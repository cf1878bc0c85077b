#include "tests/integration/harness/stack.hpp"

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <iostream>
#include <map>
#include <utility>

namespace lobbyd::integration {
namespace {

// No rates: the tests are faster than any player. Their limits have tests of their own.
constexpr std::string_view without_rates = "[limits]\npublish_rate = 0\nrequest_rate = 0\n";

std::string shared_config(Upstream upstream) {
  const unsigned threads = chosen_threads().value_or(upstream == Upstream::mqtt_5 ? 2 : 1);
  return "threads = " + std::to_string(threads) + "\n" + broker_section(upstream) + std::string(without_rates);
}

// Ends the shared stacks before the program's own static objects go.
class SharedStacks : public testing::Environment {
 public:
  std::shared_ptr<Stack> get(Upstream upstream) {
    auto& stack = stacks_[upstream];
    if (stack && !stack->daemon.running()) stack.reset();
    if (!stack) stack = std::make_shared<Stack>(shared_config(upstream));
    return stack;
  }
  void TearDown() override { stacks_.clear(); }

 private:
  std::map<Upstream, std::shared_ptr<Stack>> stacks_;
};

// GoogleTest owns it.
SharedStacks* const shared_stacks = [] {
  auto stacks = std::make_unique<SharedStacks>();
  auto* const result = stacks.get();
  testing::AddGlobalTestEnvironment(stacks.release());
  return result;
}();

}  // namespace

void wait_broker_connected(Daemon& daemon) {
  if (!eventually([&] { return http_get(daemon.admin(), "/readyz").status == 200; })) {
    throw DeadlineExceeded("the daemon does not connect to its broker; its log:\n" + daemon.log());
  }
}

Stack::Stack(const std::string& config, BrokerOptions broker_options)
    : broker(broker_options), daemon({.broker_url = broker.url(), .config = config}) {
  wait_broker_connected(daemon);
}

testing::AssertionResult is_whole(const Json& result) {
  const auto complete = result.at("complete").get<std::string>();
  const bool whole = complete == "exact" || (complete == "settled" && lacks(Feature::retained_in_order));
  return (whole ? testing::AssertionSuccess() : testing::AssertionFailure()) << result.dump();
}

testing::AssertionResult is_whole(const Json& result, std::size_t count) {
  if (result.at("count") != count) return testing::AssertionFailure() << result.dump() << ", not " << count;
  return is_whole(result);
}

std::string upstream_name(const testing::TestParamInfo<Upstream>& info) {
  return info.param == Upstream::mqtt_5 ? "mqtt_5" : "mqtt_3_1_1";
}

SharedStackTest::SharedStackTest(Upstream upstream) : upstream_(upstream), prefix_(unique_name("test")) {}

void SharedStackTest::SetUp() {
  stack_ = shared_stacks->get(upstream_);
  logged_before_ = stack_->daemon.log().size();
}

void SharedStackTest::TearDown() {
  if (!stack_) return;
  EXPECT_TRUE(stack_->daemon.running()) << "the daemon has died";
  if (HasFailure()) std::cerr << "--- logged during this test:\n" << stack_->daemon.log().substr(logged_before_);
}

std::unique_ptr<RpcClient> SharedStackTest::client(const Json& params) {
  auto result = std::make_unique<RpcClient>(listen());
  result->connect(params);
  return result;
}

std::unique_ptr<MqttClient> SharedStackTest::mqtt(MqttOptions options) {
  return std::make_unique<MqttClient>(broker(), std::move(options));
}

}  // namespace lobbyd::integration
