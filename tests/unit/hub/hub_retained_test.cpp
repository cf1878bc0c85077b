// The hub against a broker that the test plays: what real brokers do too rarely, or too fast, to test it with them.

#include "tests/unit/hub/hub_scene.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lobbyd::hub {
namespace {

using testing::ElementsAre;

using HubRetainedTest = HubScene;

TEST_F(HubRetainedTest, ACallThatEndsDuringAnothersReadDoesNotLetOlderCopiesPassNewerMessages) {
  connect();
  const auto it = player("it");
  grants_ = [](const std::string& filter) { return filter != "slow"; };
  subscribe(*it, {"b/#"});
  ASSERT_TRUE(wait_for_read());
  subscribe(*it, {"slow"});
  ASSERT_TRUE(run_until([this] { return static_cast<bool>(grant_filters_); }));
  publish_live("b/1", "new");
  subscribe(*it, {"$share/group/work"});
  ASSERT_TRUE(saw(*it, "granted exact"));
  grant();
  bring("b/1", "old");
  bring("b/2", "kept");
  bring_mark();
  echo();
  ASSERT_TRUE(run_until([&] { return it->seen.size() == 4; }));
  EXPECT_THAT(it->seen, ElementsAre("granted exact", "b/2=kept retained", "b/1=new", "granted exact"));
}

}  // namespace
}  // namespace lobbyd::hub
