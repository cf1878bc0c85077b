#include "service/upstream/embedded/leftover.hpp"

#include "service/upstream/embedded/pidfd.hpp"
#include "service/upstream/embedded/spawn.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;

// A shell that has "the-mark" among its arguments and tells when its traps are set.
class LeftoverTest : public ::testing::Test {
 protected:
  void start(const std::string& trap) {
    auto process = spawn({"/bin/sh", {"-c", trap + "; echo up; while :; do sleep 0.05; done", "sh", "the-mark"}, "/"});
    ASSERT_TRUE(process) << process.error();
    process_ = std::move(*process);
    char first = 0;
    ASSERT_EQ(::read(process_.output.get(), &first, 1), 1);
    record_ = look_up_process(process_.pid).value();
  }

  void TearDown() override {
    if (process_.pid <= 0) return;
    ::kill(process_.pid, SIGKILL);
    ::waitpid(process_.pid, nullptr, 0);
  }

  bool has_ended() const { return wait_for_end(process_.pidfd.get(), 0ms); }

  SpawnedProcess process_;
  ProcessRecord record_;
};

TEST_F(LeftoverTest, IsAskedToEnd) {
  start("trap 'exit 3' TERM");
  EXPECT_TRUE(end_leftover(record_, "the-mark", {10s, 0ms}));
  ASSERT_TRUE(has_ended());
  int status = 0;
  ASSERT_EQ(::waitpid(process_.pid, &status, 0), process_.pid);
  process_.pid = -1;
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3) << "it was killed and not asked";
}

TEST_F(LeftoverTest, IsKilledIfItDoesNotEnd) {
  start("trap '' TERM");
  EXPECT_TRUE(end_leftover(record_, "the-mark", {50ms, 10s}));
  EXPECT_TRUE(has_ended());
}

TEST_F(LeftoverTest, AProcessOfAnotherKindIsLeftAlone) {
  start(":");
  EXPECT_TRUE(end_leftover(record_, "another-mark", {50ms, 50ms}));
  EXPECT_FALSE(has_ended());
}

TEST_F(LeftoverTest, AProcessThatGotTheNumberLaterIsLeftAlone) {
  start(":");
  ++record_.start_time;
  EXPECT_TRUE(end_leftover(record_, "the-mark", {50ms, 50ms}));
  EXPECT_FALSE(has_ended());
}

TEST_F(LeftoverTest, OneThatHasEndedIsNoError) {
  start(":");
  ::kill(process_.pid, SIGKILL);
  ::waitpid(process_.pid, nullptr, 0);
  process_.pid = -1;
  EXPECT_TRUE(end_leftover(record_, "the-mark", {50ms, 50ms}));
}

}  // namespace
}  // namespace lobbyd::upstream
