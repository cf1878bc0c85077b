// Single steps and bounds of the registry. How daemons behave together is played by tests/unit/wills.

#include "service/hub/wills/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const WillRegistry::TimePoint start{};
constexpr std::uint64_t clock_time = 1'700'000'000'000;

// A broker that answers at once, or not at all while `holds_` is set.
class WillRegistryTest : public testing::Test, private WillRegistry::Port {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  static WillRegistry::Options options() { return {.prefix = "lobby/", .instance = "self", .epoch = clock_time}; }
  static api::WillParams will(std::chrono::seconds delay = 0s, std::size_t bytes = 4) {
    return {.topic = "gone", .payload = std::string(bytes, 'x'), .delay = delay};
  }
  static std::string entry_of(const std::string& instance, bool leaving = false, std::uint64_t at = clock_time) {
    return to_text(
        WillEntry{.owner = {.instance = instance, .epoch = 1}, .at = at, .leaving = leaving, .wills = {will()}});
  }

  void make(WillRegistry::Options options) {
    registry_.emplace(std::move(options), static_cast<WillRegistry::Port&>(*this));
  }
  // The link stands, and all that is kept has been read.
  void begin(const std::vector<WillRegistry::Copy>& kept = {}) {
    registry_->on_link_up(now_);
    registry_->on_read(kept, true, now_);
    settle();
  }
  void comes(const std::string& topic, const std::string& text) {
    registry_->on_message(topic, text, now_);
    settle();
  }
  void claim(const std::string& client, std::vector<api::WillParams> wills) {
    registry_->claim(client, std::move(wills), now_);
    settle();
  }
  void lose(const std::string& client) {
    registry_->lose(client, 0ms, false, now_);
    settle();
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    registry_->handle_timeout(now_);
    settle();
  }
  // Until nothing is on its way.
  void settle() {
    while (!holds_ && !on_the_way_.empty()) {
      const auto [topic, text] = std::move(on_the_way_.front());
      on_the_way_.pop_front();
      kept_[topic] = text;
      registry_->on_message(topic, text, now_);
    }
  }
  void answer_published(const std::string& client) {
    registry_->on_published(client, now_);
    settle();
  }

  std::optional<WillRegistry> registry_;
  WillRegistry::TimePoint now_ = start;
  bool holds_ = false;
  std::size_t packet_bytes_ = 1U << 20U;
  std::deque<std::pair<std::string, std::string>> on_the_way_;
  std::map<std::string, std::string> kept_;
  std::vector<std::string> registered_;
  std::vector<std::string> published_;  // clients
  std::vector<std::string> inherited_;  // "client topic"

 private:
  std::uint64_t unix_time() const override {
    return clock_time +
           static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start).count());
  }
  bool write(const std::string& topic, const std::string& text) override {
    on_the_way_.emplace_back(topic, text);
    return true;
  }
  std::size_t max_bytes() const override { return packet_bytes_; }
  void send(const std::string&, const std::string&) override {}
  void read(const std::vector<std::string>&) override {}
  void publish(const std::string& client, std::vector<api::WillParams> wills, const std::string& topic,
               std::optional<std::string> then) override {
    if (!wills.empty()) {
      published_.push_back(client);
    }
    if (then) {
      on_the_way_.emplace_back(topic, *then);
    }
  }
  void on_registered(const std::string& client) override { registered_.push_back(client); }
  void on_released(const std::string&) override {}
  void on_taken_over(const std::string&) override {}
  void on_inherited(const std::string& client, std::vector<api::WillParams> wills) override {
    inherited_.push_back(client + ' ' + wills.front().topic);
  }
  void on_vanished(const std::string&) override {}
  void on_mourned(const std::string&) override {}
  void on_forgotten(const std::string&) override {}
  void on_duplicate() override {}
};

TEST_F(WillRegistryTest, AWillIsPublishedAndItsEntryEmptied) {
  make(options());
  begin();
  claim("a", {will()});
  EXPECT_THAT(registered_, Contains("a"));
  EXPECT_THAT(kept_.at("lobby/will/a"), Not(IsEmpty()));
  lose("a");
  EXPECT_THAT(published_, ElementsAre("a"));
  answer_published("a");
  EXPECT_THAT(kept_.at("lobby/will/a"), IsEmpty());
}

TEST_F(WillRegistryTest, WhatAClientHadElsewhereIsToldOnceItsClaimStands) {
  make(options());
  begin({{"lobby/will/a", entry_of("other")}, {"lobby/will/b", entry_of("other")}});
  holds_ = true;
  claim("a", {});
  EXPECT_THAT(inherited_, IsEmpty());
  holds_ = false;
  settle();
  EXPECT_THAT(inherited_, ElementsAre("a gone"));
  claim("a", {will()});
  EXPECT_THAT(inherited_, SizeIs(1));
  // Whoever marks it publishes them.
  comes("lobby/will/b", entry_of("other", true));
  claim("b", {will()});
  EXPECT_THAT(inherited_, SizeIs(1));
}

TEST_F(WillRegistryTest, BeyondTheBoundTheNextWillDoesNotWait) {
  auto two = options();
  two.most_lost = 2;
  make(two);
  begin();
  for (const char* client : {"a", "b", "c"}) {
    claim(client, {will(3600s)});
    lose(client);
  }
  EXPECT_THAT(published_, ElementsAre("c"));
  auto few_bytes = options();
  few_bytes.most_lost_bytes = 10'000;
  make(few_bytes);
  published_.clear();
  begin();
  for (const char* client : {"a", "b"}) {
    claim(client, {will(3600s, 6'000)});
    lose(client);
  }
  EXPECT_THAT(published_, ElementsAre("b"));
}

TEST_F(WillRegistryTest, AnEntryThatIsTooLargeIsKeptHereAlone) {
  make(options());
  packet_bytes_ = 1'000;
  begin();
  claim("a", {will(0s, 2'000)});
  EXPECT_THAT(registered_, IsEmpty());
  EXPECT_FALSE(kept_.contains("lobby/will/a"));
  lose("a");
  EXPECT_THAT(published_, ElementsAre("a"));
}

TEST_F(WillRegistryTest, OfTooManyEntriesTheRestIsLeftOut) {
  auto one = options();
  one.standings.entries = 1;
  make(one);
  const std::string first = entry_of("other");
  const std::string record = to_text(InstanceRecord{.epoch = 1, .state = InstanceState::dead});
  begin({{"lobby/will/a", first}, {"lobby/will/b", first}, {"lobby/instance/other", record}});
  pass(1ms);
  pass(10s);
  EXPECT_THAT(published_, ElementsAre("a"));
}

TEST_F(WillRegistryTest, FewClientsWillsAreOnTheirWayAtATime) {
  make(options());
  begin();
  for (int number = 0; number < 20; ++number) {
    claim(std::to_string(number), {will()});
  }
  for (int number = 0; number < 20; ++number) {
    lose(std::to_string(number));
  }
  EXPECT_THAT(published_, SizeIs(16));
  answer_published("0");
  EXPECT_THAT(published_, SizeIs(17));
}

TEST_F(WillRegistryTest, ASetThatDoesNotComeIsNotWaitedForForEver) {
  make(options());
  registry_->on_link_up(now_);
  claim("a", {will()});
  lose("a");
  pass(29s);
  EXPECT_THAT(published_, IsEmpty());
  pass(1s);
  EXPECT_THAT(published_, ElementsAre("a"));
  EXPECT_FALSE(registry_->hopeful());
  registry_->on_read({}, true, now_);
  settle();
  EXPECT_TRUE(registry_->hopeful());
}

TEST_F(WillRegistryTest, SomebodyElsesMarkIsNotWaitedForForEver) {
  make(options());
  begin();
  comes("lobby/instance/other", to_text(InstanceRecord{.epoch = 1}));
  comes("lobby/will/a", entry_of("other"));
  comes("lobby/will/a", entry_of("other", true));
  claim("a", {will()});
  EXPECT_THAT(registered_, IsEmpty());
  pass(9'999ms);
  EXPECT_THAT(registered_, IsEmpty());
  pass(1ms);
  pass(1ms);
  EXPECT_THAT(registered_, Contains("a"));
}

TEST_F(WillRegistryTest, WhatDoesNotComeBackIsWrittenAgain) {
  make(options());
  begin();
  holds_ = true;
  claim("a", {will()});
  on_the_way_.clear();
  holds_ = false;
  pass(5s);
  EXPECT_THAT(registered_, Contains("a"));
}

TEST_F(WillRegistryTest, WhatNoDaemonWritesIsReplaced) {
  make(options());
  begin();
  claim("a", {will()});
  const std::string right = kept_.at("lobby/will/a");
  comes("lobby/will/a", "nonsense");
  EXPECT_EQ(kept_.at("lobby/will/a"), right);
  comes("lobby/will/a", "");
  EXPECT_EQ(kept_.at("lobby/will/a"), right);
}

}  // namespace
}  // namespace lobbyd::hub
