// Many clients in one room, and many that watch one board: all get in at once, and all hear of all. So many they are:
// LOBBYD_TEST_CROWD (200).

#include "tests/integration/harness/descriptor_limit.hpp"
#include "tests/integration/harness/mosquitto.hpp"
#include "tests/integration/harness/pair.hpp"
#include "tests/support/environment.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lobbyd::integration {
namespace {

using Clock = std::chrono::steady_clock;

class CrowdsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!allow_descriptors(count_ + 100)) GTEST_SKIP() << "too few files may be open";
    daemon_ = std::make_unique<Daemon>(DaemonOptions{.broker_url = broker_->url()});
    wait_broker_connected(*daemon_);
    for (std::size_t i = 0; i < count_; ++i) {
      clients_.push_back(std::make_unique<RpcClient>(daemon_->listen()));
      clients_.back()->connect({{"client_id", name(i)}});
    }
  }
  static std::string name(std::size_t number) { return "c" + std::to_string(number); }

  // All at once; the answers, and how long it took.
  std::vector<Json> ask_all(const std::string& method, const Json& params) {
    const auto begun = Clock::now();
    std::vector<std::int64_t> ids;
    for (const auto& it : clients_) ids.push_back(it->send_request(method, params));
    std::vector<Json> results;
    for (std::size_t i = 0; i < count_; ++i) {
      const Json answer = clients_[i]->wait_answer(ids[i], deadline_in(scaled(std::chrono::seconds(30))));
      EXPECT_TRUE(answer.contains("result")) << answer;
      results.push_back(answer.at("result"));
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    std::cout << count_ << " times " << method << ": " << took.count() << " ms\n";
    return results;
  }

  // Filters that the daemon has subscribed to, of those that have this part.
  std::set<std::string> filters_with(const std::string& part) const {
    std::set<std::string> filters;
    std::ifstream log(broker_log_);
    for (std::string line; std::getline(log, line);) {
      const std::string filter = line.substr(line.find_last_of(' ') + 1);
      if (filter.contains(part)) filters.insert(filter);
    }
    return filters;
  }

  std::unique_ptr<Mosquitto> broker_with_log() {
    auto broker = std::make_unique<Mosquitto>(MosquittoOptions{.carrier = Carrier::tcp}, false);
    broker_log_ = broker->log_everything();
    broker->start();
    return broker;
  }

  const std::size_t count_ = number_from("LOBBYD_TEST_CROWD", 200);
  std::string broker_log_;
  std::unique_ptr<Mosquitto> broker_ = broker_with_log();
  std::unique_ptr<Daemon> daemon_;
  std::vector<std::unique_ptr<RpcClient>> clients_;
};

TEST_F(CrowdsTest, AllGetIntoARoomAtOnce) {
  const std::vector<Json> joined = ask_all("room.join", {{"room", "hall"}});
  // Each knows of all: by the answer, or as they come.
  for (const std::size_t at : {std::size_t{0}, count_ / 2, count_ - 1}) {
    std::set<Json> known;
    const std::vector<Json> members = all_pages(*clients_[at], "room.members", {{"room", "hall"}}, "members");
    EXPECT_EQ(members.size(), count_);
    for (const Json& member : joined[at].at("members")) known.insert(member.at("client_id"));
    for (const Json& news : clients_[at]->notifications_until_now("room.joined")) known.insert(news.at("client_id"));
    if (!joined[at].contains("next")) {
      EXPECT_EQ(known.size() - known.contains(name(at)), count_ - 1) << name(at);
    }
  }
  const auto filters = filters_with("/room/hall/");
  EXPECT_TRUE(!filters.empty() && filters.size() <= 3) << Json(filters);
  clients_[0]->call("room.send", {{"room", "hall"}, {"text", "welcome"}});
  for (const auto& it : clients_) EXPECT_EQ(it->wait_notification("room.message").at("text"), "welcome");
  clients_[0]->call("room.leave", {{"room", "hall"}});
  for (std::size_t i = 1; i < count_; ++i) {
    EXPECT_EQ(clients_[i]->wait_notification("room.left").at("client_id"), name(0));
  }
}

TEST_F(CrowdsTest, AllHearOfAChangeOfABoard) {
  ask_all("score.watch", {{"board", "race"}});
  const auto submitted = Clock::now();
  clients_[0]->call("score.submit", {{"board", "race"}, {"score", 7}});
  for (const auto& it : clients_) {
    EXPECT_EQ(it->wait_notification("score").at("entries").at(0).at("player"), name(0));
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - submitted);
  std::cout << "a change was told to " << count_ << " clients after " << took.count() << " ms\n";
  const auto filters = filters_with("/race/");
  EXPECT_TRUE(!filters.empty() && filters.size() <= 3) << Json(filters);
}

}  // namespace
}  // namespace lobbyd::integration
