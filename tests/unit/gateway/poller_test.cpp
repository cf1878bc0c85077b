#include "service/gateway/poller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;

class Watched final : public Pollable {
 public:
  Watched() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    own.reset(ends[0]);
    peer.reset(ends[1]);
  }
  void on_ready(Ready ready) override {
    readable += ready.readable ? 1 : 0;
    writable += ready.writable ? 1 : 0;
    ended += ready.ended ? 1 : 0;
    if (ready.readable && on_readable) {
      on_readable();
    }
  }
  void on_tick(TimePoint /*now*/) override {
    ++ticks;
    if (on_tick_do) {
      on_tick_do();
    }
  }
  void say() const { EXPECT_EQ(::write(peer.get(), "x", 1), 1); }

  FileDescriptor own;
  FileDescriptor peer;
  Poller::Slot slot = 0;
  int readable = 0;
  int writable = 0;
  int ended = 0;
  int ticks = 0;
  std::function<void()> on_readable;
  std::function<void()> on_tick_do;
};

class PollerTest : public testing::Test {
 protected:
  std::shared_ptr<Watched> watch() {
    auto watched = std::make_shared<Watched>();
    EXPECT_TRUE(poller_.add(watched->own.get(), watched, watched->slot));
    return watched;
  }
  void remove(const Watched& watched) { poller_.remove(watched.own.get(), watched.slot); }
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      context_.run_one_for(100ms);
    }
    return done();
  }

  boost::asio::io_context context_;
  Poller poller_{context_};
};

TEST_F(PollerTest, TellsOfWhatAlreadyIs) {
  auto it = std::make_shared<Watched>();
  it->say();
  ASSERT_TRUE(poller_.add(it->own.get(), it, it->slot));
  EXPECT_EQ(it->readable, 0) << "not from within";
  EXPECT_TRUE(run_until([&] { return it->readable == 1 && it->writable == 1; }));
  EXPECT_EQ(it->ended, 0);
}

TEST_F(PollerTest, TellsOfTheEnd) {
  const auto it = watch();
  it->peer.reset();
  EXPECT_TRUE(run_until([&] { return it->ended == 1; }));
}

TEST_F(PollerTest, WhoIsRemovedMeanwhileIsNotTold) {
  const auto one = watch();
  const auto other = watch();
  ASSERT_TRUE(run_until([&] { return one->writable == 1 && other->writable == 1; }));
  one->on_readable = [&] { remove(*other); };
  other->on_readable = [&] { remove(*one); };
  one->say();
  other->say();
  ASSERT_TRUE(run_until([&] { return one->readable + other->readable > 0; }));
  // A newcomer in the place of the one that was removed.
  const auto third = watch();
  EXPECT_TRUE(run_until([&] { return third->writable == 1; }));
  EXPECT_EQ(one->readable + other->readable, 1);
  EXPECT_EQ(third->readable, 0);
}

TEST_F(PollerTest, AllAreToldOfTheTimeButThoseThatAreRemovedMeanwhile) {
  const auto one = watch();
  const auto other = watch();
  EXPECT_EQ(poller_.size(), 2U);
  one->on_tick_do = [&] {
    remove(*one);
    remove(*other);
  };
  poller_.tick({});
  EXPECT_EQ(one->ticks, 1);
  EXPECT_EQ(other->ticks, 0);
  EXPECT_EQ(poller_.size(), 0U);
}

TEST_F(PollerTest, LetsGoOfThoseThatAreRemoved) {
  auto it = watch();
  const std::weak_ptr<Watched> seen = it;
  remove(*it);
  it.reset();
  EXPECT_TRUE(seen.expired());
}

TEST_F(PollerTest, ManyAreServedInTurns) {
  std::vector<std::shared_ptr<Watched>> all;
  for (int count = 0; count < 400; ++count) {
    all.push_back(watch());
    all.back()->say();
  }
  EXPECT_TRUE(
      run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& it) { return it->readable == 1; }); }));
}

}  // namespace
}  // namespace lobbyd::gateway
