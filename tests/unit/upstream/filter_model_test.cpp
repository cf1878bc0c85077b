// Filters come and go at random, and the link breaks: no connection ever holds more than it may, and in the end the
// server holds what is wanted, each filter once.

#include "tests/unit/upstream/counting_server.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace lobbyd::upstream {
namespace {

class FilterModelTest : public CountingServerTest, public testing::WithParamInterface<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Seeds, FilterModelTest, testing::Range(1U, 21U));

TEST_P(FilterModelTest, KeepsTheLimitsAndHoldsWhatIsWanted) {
  std::mt19937 random(GetParam());
  const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const std::size_t per_connection = 1 + draw(5);
  limit(per_connection, draw(4));
  further_connections_ = 40;
  connect(ProtocolChoice::v3_1_1);
  std::set<std::string> wanted;
  for (int step = 0; step < 400; ++step) {
    const std::string filter = "f" + std::to_string(draw(30));
    const unsigned what = draw(100);
    if (what < 50) {
      wanted.insert(filter);
      broker_->hold(LaneId::subscriptions, filter, mqtt::QoS::at_most_once, 0,
                    [](mqtt::ReasonCode reason) { EXPECT_EQ(reason, mqtt::ReasonCode::success); });
    } else if (what < 97) {
      wanted.erase(filter);
      broker_->release(LaneId::subscriptions, filter);
    } else if (what == 97) {
      server_.close_all();
    } else if (what == 98) {
      kept_.clear();
    }
    if (draw(4) == 0) {
      run_ready();
    }
  }
  const std::multiset<std::string> all(wanted.begin(), wanted.end());
  EXPECT_TRUE(run_until([&] { return broker_->status().state == BrokerState::connected && all_held() == all; }))
      << "seed " << GetParam();
  EXPECT_LE(most_held_, per_connection);
  if (traits_.filters.per_subscribe != 0) {
    EXPECT_LE(largest_subscribe_, traits_.filters.per_subscribe);
    EXPECT_LE(largest_unsubscribe_, traits_.filters.per_subscribe);
  }
}

}  // namespace
}  // namespace lobbyd::upstream
