// What instances have left in rooms is taken over an hour after they have gone for good (docs/guarantees.md).

#include "tests/integration/harness/clocks.hpp"
#include "tests/integration/harness/pair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace lobbyd::integration {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;

class SweeperTest : public testing::TestWithParam<Upstream> {
 protected:
  void SetUp() override { LOBBYD_NEEDS(retained_by_wildcard); }

  Daemon daemon(const std::string& name) const {
    return Daemon({.broker_url = broker_.url(),
                   .config = broker_section(GetParam()) + "[instance]\nname = \"" + name + "\"\n",
                   .environment = clock_.environment()});
  }

  Broker broker_;
  JumpingClock clock_;
};
INSTANTIATE_FOR_BOTH_UPSTREAMS(SweeperTest);

TEST_P(SweeperTest, TakesOverWhatAnInstanceHasLeftThatIsGone) {
  const auto in_room = [](Json params) { return params["room"] = "room", params; };
  const std::string ghost = "lobby/room/room/member/ghost";
  Daemon stays = daemon("stays");
  wait_broker_connected(stays);
  MqttClient outside(broker_.endpoint());
  outside.subscribe("lobby/room/room/log/#");
  {
    Daemon goes = daemon("goes");
    wait_broker_connected(goes);
    RpcClient it(goes.listen());
    it.connect({{"client_id", "a"}});
    it.call("room.join", in_room({}));
    it.call("room.send", in_room({{"text", "hello"}}));
    goes.kill();
  }
  const std::string left = outside.wait_message().topic;
  EXPECT_TRUE(left.contains("/goes-")) << left;
  // As of one whose daemon died before its will stood.
  outside.publish(ghost, R"({"at":"0199c82d61cc0000","instance":"goes","player":"g","name":"g","data":null,"since":1})",
                  1, true);
  {
    RpcClient soon(stays.listen());
    soon.connect({{"client_id", "b"}});
    EXPECT_THAT(field_of(soon.call("room.join", in_room({})).at("members"), "client_id"), Contains("ghost"));
    soon.call("disconnect");
  }
  outside.subscribe(ghost);
  clock_.jump(61min);
  for (const std::string& topic : {left, ghost}) {
    outside.wait_message([&](const MqttMessage& it) { return it.topic == topic && it.payload.empty(); },
                         deadline_in(scaled(30s)));
  }
  RpcClient later(stays.listen());
  later.connect({{"client_id", "b"}});
  const Json joined = later.call("room.join", in_room({}));
  EXPECT_THAT(field_of(joined.at("history"), "text"), ElementsAre("hello"));
  EXPECT_THAT(field_of(joined.at("members"), "client_id"), ElementsAre("b"));
}

}  // namespace
}  // namespace lobbyd::integration
