#include "service/upstream/embedded/child_process.hpp"

#include "service/upstream/embedded/pidfd.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ChildProcessTest : public LoopTest {
 protected:
  void start(const std::string& script) {
    auto child = ChildProcess::start(
        loop_.get_executor(), {"/bin/sh", {"-c", script}, "/"},
        [this](std::string_view line) { lines_.emplace_back(line); },
        [this](ExitStatus status) {
          exit_ = status;
          ++exits_;
        });
    ASSERT_TRUE(child) << child.error();
    child_ = std::move(*child);
  }

  bool wait_for_exit() {
    return run_until([this] { return exit_.has_value(); });
  }

  bool wait_for_line() {
    return run_until([this] { return !lines_.empty(); });
  }

  std::unique_ptr<ChildProcess> child_;
  std::vector<std::string> lines_;
  std::optional<ExitStatus> exit_;
  int exits_ = 0;
};

TEST_F(ChildProcessTest, TheExitStatusIsReportedAfterTheLastLine) {
  start("echo one; echo two >&2; printf three; exit 7");
  ASSERT_TRUE(wait_for_exit());
  EXPECT_FALSE(exit_->by_signal);
  EXPECT_EQ(exit_->code, 7);
  EXPECT_EQ(to_string(*exit_), "exited with status 7");
  EXPECT_THAT(lines_, ElementsAre("one", "two", "three"));
  run_ready();
  EXPECT_EQ(exits_, 1);
}

TEST_F(ChildProcessTest, ASignalIsReported) {
  start("echo up; exec sleep 60");
  ASSERT_TRUE(wait_for_line());
  child_->send_signal(SIGKILL);
  ASSERT_TRUE(wait_for_exit());
  EXPECT_TRUE(exit_->by_signal);
  EXPECT_EQ(exit_->code, SIGKILL);
  EXPECT_EQ(to_string(*exit_), "was killed by signal 9 (Killed)");
}

TEST_F(ChildProcessTest, ASignalAfterTheEndGoesNowhere) {
  start("exit 0");
  ASSERT_TRUE(wait_for_exit());
  child_->send_signal(SIGKILL);
  EXPECT_EQ(exits_, 1);
}

TEST_F(ChildProcessTest, ALongLineComesInPieces) {
  start("head -c 3000 /dev/zero | tr '\\0' x; echo");
  ASSERT_TRUE(wait_for_exit());
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(lines_[0], std::string(1024, 'x'));
  EXPECT_EQ(lines_[2].size(), 3000U - 2 * 1024);
}

TEST_F(ChildProcessTest, AGrandchildThatKeepsThePipeDoesNotHoldUpTheEnd) {
  start("echo up; sleep 60 & echo $!; exit 0");
  ASSERT_TRUE(wait_for_exit());
  ASSERT_EQ(lines_.size(), 2U);
  ::kill(std::stoi(lines_[1]), SIGKILL);
}

TEST_F(ChildProcessTest, DestructionKillsAndReaps) {
  start("trap '' TERM; echo up; while :; do sleep 0.1; done");
  ASSERT_TRUE(wait_for_line());
  child_.reset();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  run_ready();
  EXPECT_FALSE(exit_);
}

TEST_F(ChildProcessTest, TheExitHandlerMayDestroyIt) {
  auto child = ChildProcess::start(
      loop_.get_executor(), {"/bin/true", {}, "/"}, [](std::string_view) {},
      [this](ExitStatus status) {
        exit_ = status;
        child_.reset();
      });
  ASSERT_TRUE(child);
  child_ = std::move(*child);
  ASSERT_TRUE(wait_for_exit());
  EXPECT_FALSE(child_);
}

TEST_F(ChildProcessTest, EndGivesItTimeToFinish) {
  start("trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done");
  ASSERT_TRUE(wait_for_line());
  const auto process = open_pidfd(child_->pid());
  child_->end(10s);
  EXPECT_TRUE(wait_for_end(process.get(), 0ms));
  run_ready();
  EXPECT_FALSE(exit_) << "a handler was called";
}

TEST_F(ChildProcessTest, EndKillsWhatDoesNotEnd) {
  start("trap '' TERM; echo up; while :; do sleep 0.05; done");
  ASSERT_TRUE(wait_for_line());
  const auto process = open_pidfd(child_->pid());
  child_->end(50ms);
  EXPECT_TRUE(wait_for_end(process.get(), 0ms));
}

TEST_F(ChildProcessTest, AProgramThatIsMissingIsAnError) {
  const auto child = ChildProcess::start(
      loop_.get_executor(), {"/no/such/program", {}, "/"}, [](std::string_view) {}, [](ExitStatus) {});
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error(), HasSubstr("/no/such/program"));
}

}  // namespace
}  // namespace lobbyd::upstream
