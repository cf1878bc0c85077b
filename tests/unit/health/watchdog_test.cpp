#include "service/health/watchdog.hpp"

#include "service/health/pulse.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>

namespace lobbyd::health {
namespace {

using namespace std::chrono_literals;

TEST(Pulse, BeatsWhileTheLoopTurns) {
  boost::asio::io_context loop;
  Heartbeats heartbeats;
  const auto heartbeat = heartbeats.add("loop", std::chrono::steady_clock::now() - 1h);
  const Pulse pulse(loop, heartbeat);
  EXPECT_GE(heartbeat->take_longest_pause(), 1h);
  loop.run_for(600ms);
  EXPECT_GE(heartbeat->take_longest_pause(), 200ms);
}

TEST(Watchdog, TellsTheSupervisorWhileAllLoopsTurn) {
  Heartbeats heartbeats;
  const auto heartbeat = heartbeats.add("loop", std::chrono::steady_clock::now());
  std::atomic<int> told = 0;
  const Watchdog watchdog(heartbeats, Watchdog::Supervisor{.interval = 5ms, .all_turn = [&] { ++told; }});
  while (told < 3) {
    heartbeat->beat(std::chrono::steady_clock::now());
    std::this_thread::sleep_for(1ms);
  }
}

TEST(Watchdog, TellsNothingWhileOneStalls) {
  Heartbeats heartbeats;
  const auto turning = heartbeats.add("turning", std::chrono::steady_clock::now());
  const auto stalled = heartbeats.add("stalled", std::chrono::steady_clock::now() - 1min);
  std::atomic<int> told = 0;
  const Watchdog watchdog(heartbeats, Watchdog::Supervisor{.interval = 1ms, .all_turn = [&] { ++told; }});
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(told, 0);
  stalled->beat(std::chrono::steady_clock::now());
  while (told == 0) {
    turning->beat(std::chrono::steady_clock::now());
    stalled->beat(std::chrono::steady_clock::now());
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace
}  // namespace lobbyd::health
