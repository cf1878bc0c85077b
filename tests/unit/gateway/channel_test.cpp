#include "service/gateway/threads/channel.hpp"

#include "service/gateway/threads/context_thread.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <future>
#include <pthread.h>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Both ends in one thread: what happens when is the test's choice.
class ChannelTest : public testing::Test {
 protected:
  void deliver() {
    receiver_.restart();
    receiver_.poll();
  }
  void hear() {
    sender_.restart();
    sender_.poll();
  }

  boost::asio::io_context sender_;
  boost::asio::io_context receiver_;
  std::vector<std::vector<int>> handled_;  // by turn of the receiver
  int told_ = 0;
  Channel<int> channel_{sender_, receiver_,
                        [this](std::span<int> batches) { handled_.emplace_back(batches.begin(), batches.end()); },
                        [this] { ++told_; }};
};

TEST_F(ChannelTest, WhatHasComeIsHandledAtOnceAndInOrder) {
  channel_.put(1, 10);
  channel_.put(2, 20);
  EXPECT_EQ(channel_.end(), 30U);
  EXPECT_EQ(channel_.unhandled(), 30U);
  deliver();
  channel_.put(3, 5);
  deliver();
  EXPECT_THAT(handled_, ElementsAre(ElementsAre(1, 2), ElementsAre(3)));
  EXPECT_EQ(channel_.handled(), 35U);
  EXPECT_EQ(channel_.unhandled(), 0U);
}

TEST_F(ChannelTest, TellsOnceWhenLittleIsUnhandled) {
  channel_.put(1, 10);
  EXPECT_TRUE(channel_.tell_when_unhandled_is(5));
  hear();
  EXPECT_EQ(told_, 0);
  deliver();
  hear();
  EXPECT_EQ(told_, 1);
  channel_.put(2, 10);
  deliver();
  hear();
  EXPECT_EQ(told_, 1);
}

TEST_F(ChannelTest, DoesNotTellWhatIsSoAlready) {
  channel_.put(1, 10);
  EXPECT_FALSE(channel_.tell_when_unhandled_is(10));
  deliver();
  EXPECT_FALSE(channel_.tell_when_unhandled_is(0));
  hear();
  EXPECT_EQ(told_, 0);
}

TEST_F(ChannelTest, AWaitEndsWithItsLimit) {
  channel_.put(1, 10);
  EXPECT_FALSE(channel_.wait_until_handled(10, 1ms));
  deliver();
  EXPECT_TRUE(channel_.wait_until_handled(10, 0ms));
}

TEST(ChannelThreadsTest, NothingIsLostOrOutOfOrderBetweenTwoThreads) {
  boost::asio::io_context home;
  boost::asio::io_context other;
  std::vector<int> received;
  Channel<int> channel(
      home, other, [&](std::span<int> batches) { received.insert(received.end(), batches.begin(), batches.end()); });
  ContextThread thread(other, home, "channel-test");
  constexpr int count = 20'000;
  for (int number = 0; number < count; ++number) {
    channel.put(number, 1);
    if (channel.unhandled() > 100) {
      ASSERT_TRUE(channel.wait_until_handled(channel.end() - 50, 10s));
    }
  }
  ASSERT_TRUE(channel.wait_until_handled(channel.end(), 10s));
  thread.stop();
  ASSERT_EQ(received.size(), static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) {
    ASSERT_EQ(received[static_cast<std::size_t>(number)], number);
  }
}

TEST(ContextThreadTest, ItsFaultIsThrownAtHome) {
  boost::asio::io_context home;
  boost::asio::io_context other;
  const ContextThread thread(other, home, "fault-test");
  boost::asio::post(other, [] { throw std::runtime_error("a fault"); });
  const auto guard = boost::asio::make_work_guard(home);
  EXPECT_THROW(home.run_for(10s), std::runtime_error);
}

TEST(ContextThreadTest, HasANameAndTakesNoSignals) {
  boost::asio::io_context home;
  boost::asio::io_context other;
  const ContextThread thread(other, home, "lobbyd-io-7");
  std::promise<std::string> name;
  std::promise<bool> blocked;
  boost::asio::post(other, [&] {
    std::string buffer(16, '\0');
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name.set_value(buffer.c_str());
    sigset_t mask{};
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1);
  });
  EXPECT_EQ(name.get_future().get(), "lobbyd-io-7");
  EXPECT_TRUE(blocked.get_future().get());
  sigset_t mask{};
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0) << "nothing is left of that here";
}

}  // namespace
}  // namespace lobbyd::gateway
