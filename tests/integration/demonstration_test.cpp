// The demonstration of the README: Mosquitto's own programs on one side, a WebSocket client on the other.

#include "tests/integration/harness/process.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

class DemonstrationTest : public BothUpstreamsTest {
 protected:
  std::vector<std::string> at_broker(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-h", broker().host, "-p", std::to_string(broker().port)});
    return arguments;
  }
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(DemonstrationTest);

TEST_P(DemonstrationTest, MosquittoPubReachesAWebSocketClient) {
  auto it = client();
  it->call("subscribe", {{"topic", "godot/#"}});
  const auto published =
      run({.program = "mosquitto_pub", .arguments = at_broker({"-t", "godot/abcd", "-m", "Bingo!"})});
  EXPECT_EQ(published.status, ExitStatus{}) << published.errors;
  EXPECT_EQ(it->next_message(), Json({{"topic", "godot/abcd"}, {"payload", "Bingo!"}, {"qos", 0}}));
}

TEST_P(DemonstrationTest, PublishReachesMosquittoSub) {
  // With -d it prints the SUBACK, so that the test knows when to publish; stdbuf makes it print each line at once.
  auto arguments = at_broker({"-d", "-v", "-C", "1", "-t", topic("#")});
  arguments.insert(arguments.begin(), {"-oL", "mosquitto_sub"});
  Process subscriber({.program = "stdbuf", .arguments = arguments});
  ASSERT_TRUE(subscriber.output().wait_line("Subscribed")) << subscriber.errors().text();
  client()->call("publish", {{"topic", topic("abcd")}, {"payload", "Bingo!"}, {"qos", 1}});
  EXPECT_TRUE(subscriber.output().wait_line(topic("abcd") + " Bingo!")) << subscriber.output().text();
  EXPECT_EQ(subscriber.wait(), ExitStatus{});
}

TEST_P(DemonstrationTest, BothStayOrdinaryMqttClients) {
  LOBBYD_NEEDS(qos_2);
  LOBBYD_NEEDS(retained_at_qos_2);
  auto it = client();
  it->call("publish", {{"topic", topic("kept")}, {"payload", "state"}, {"qos", 1}, {"retain", true}});
  const auto read = run({.program = "mosquitto_sub", .arguments = at_broker({"-C", "1", "-t", topic("kept")})});
  EXPECT_EQ(read.output, "state\n");
  for (const auto* qos : {"0", "1", "2"}) {
    const auto published =
        run({.program = "mosquitto_pub",
             .arguments = at_broker({"-q", qos, "-r", "-t", topic(std::string("by-pub/") + qos), "-m", qos})});
    EXPECT_EQ(published.status, ExitStatus{}) << published.errors;
  }
  EXPECT_EQ(it->call("retained.get", {{"topic", topic("by-pub/+")}}).at("messages").size(), 3U);
}

}  // namespace
}  // namespace lobbyd::integration
