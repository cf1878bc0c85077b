// What the daemon tells a service manager, and what is noticed of a loop that stalls (docs/limits.md, "The daemon").

#include "tests/integration/harness/http_client.hpp"
#include "tests/integration/harness/notify_socket.hpp"
#include "tests/integration/harness/stack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace lobbyd::integration {
namespace {

using namespace std::chrono_literals;

void stop(Daemon& daemon) {
  daemon.signal(SIGSTOP);
  EXPECT_TRUE(eventually([&] {
    std::ifstream file("/proc/" + std::to_string(daemon.id()) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.contains(") T ");
  }));
}

TEST(ServiceManagerTest, IsToldOfTheDaemonsLife) {
  TemporaryDirectory directory;
  const std::string path = (directory.path() / "notify").string();
  NotifySocket manager(path);
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .environment = {{"NOTIFY_SOCKET", path}}});
  manager.wait("READY=1");
  manager.wait("STATUS=clients: 0; ");
  RpcClient client(daemon.listen());
  client.connect();
  EXPECT_EQ(manager.wait("STATUS=clients: 1; "), "STATUS=clients: 1; the broker is connected");

  daemon.signal(SIGHUP);
  const auto reloading = manager.wait("RELOADING=1");
  EXPECT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
  manager.wait("READY=1");

  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  manager.wait("STOPPING=1");
}

TEST(ServiceManagerTest, AnAbstractSocketIsToldThatTheLoopsTurn) {
  const std::string name = "@lobbyd-test-" + std::to_string(::getpid());
  NotifySocket manager(name);
  // With an embedded broker: it is not to speak for the daemon.
  Daemon daemon({.environment = {{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "200000"}}});
  manager.wait("READY=1");
  for (int i = 0; i < 5; ++i) manager.wait("WATCHDOG=1");
  stop(daemon);
  manager.waiting();
  std::this_thread::sleep_for(500ms);
  EXPECT_TRUE(manager.waiting().empty());
  daemon.signal(SIGCONT);
  manager.wait("WATCHDOG=1");
  EXPECT_EQ(daemon.terminate(), ExitStatus{});
  const auto rest = manager.waiting();
  EXPECT_EQ(std::ranges::count(rest, "READY=1"), 0) << "once";
  EXPECT_EQ(std::ranges::count(rest, "STOPPING=1"), 1);
}

TEST(ServiceManagerTest, OneThatHasGoneHarmsNobody) {
  Broker broker;
  Daemon daemon({.broker_url = broker.url(), .environment = {{"NOTIFY_SOCKET", "/nonexistent/notify"}}});
  RpcClient(daemon.listen()).connect();
}

double number_behind(const std::string& line, std::string_view words) {
  return std::stod(line.substr(line.find(words) + words.size()));
}

TEST(StallTest, IsLoggedWithItsDuration) {
  Stack stack;
  RpcClient client(stack.daemon.listen());
  client.connect();
  stop(stack.daemon);
  std::this_thread::sleep_for(1'500ms);
  stack.daemon.signal(SIGCONT);
  const auto line = stack.daemon.log_reader().wait_line("the event loop \"home\" turns again");
  ASSERT_TRUE(line) << stack.daemon.log();
  EXPECT_GE(number_behind(*line, "it had stalled for "), 1.5) << *line;
  client.call("ping");
  EXPECT_EQ(http_get(stack.daemon.admin(), "/healthz").status, 200);
}

// Stops one thread of a process, as a debugger does, while the others go on.
class StoppedThread {
 public:
  explicit StoppedThread(pid_t thread) : thread_(thread) {
    if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0) return;
    traced_ = true;
    stopped_ =
        ::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) == 0 && ::waitpid(thread_, nullptr, __WALL) == thread_;
  }
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;
  ~StoppedThread() {
    if (traced_) ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr);
  }
  bool stopped() const { return stopped_; }

 private:
  pid_t thread_;
  bool traced_ = false;
  bool stopped_ = false;
};

pid_t thread_of(pid_t process, const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::string its_name;
    std::getline(std::ifstream(task.path() / "comm"), its_name);
    if (its_name == name) return std::stoi(task.path().filename().string());
  }
  throw std::runtime_error("there is no thread " + name);
}

TEST(StallTest, OfOneThreadIsToldByTheOthers) {
  Stack stack("threads = 2\n");
  const auto health = [&] { return http_get(stack.daemon.admin(), "/healthz"); };
  {
    const StoppedThread thread(thread_of(stack.daemon.id(), "lobbyd-io-1"));
    if (!thread.stopped()) GTEST_SKIP() << "the system does not let one process stop a thread of another";
    const auto line = stack.daemon.log_reader().wait_line("the event loop \"lobbyd-io-1\" has not turned");
    ASSERT_TRUE(line) << stack.daemon.log();
    EXPECT_GE(number_behind(*line, "has not turned for "), 1.0) << *line;
    EXPECT_TRUE(eventually([&] { return health().status == 503; }));
    EXPECT_TRUE(health().body.starts_with("the event loop \"lobbyd-io-1\" has not turned for ")) << health().body;
  }
  EXPECT_TRUE(eventually([&] { return health().status == 200; }));
  EXPECT_TRUE(stack.daemon.log_reader().wait_line("the event loop \"lobbyd-io-1\" turns again"));
}

TEST(StallTest, TheHealthCheckFailsInTime) {
  Stack stack;
  const std::string admin = stack.daemon.admin().authority();
  EXPECT_EQ(run_daemon({"healthcheck", "--admin", admin}).status, ExitStatus{});
  stop(stack.daemon);
  const auto stalled = run_daemon({"healthcheck", "--admin", admin}, {}, deadline_in(scaled(9s)));
  stack.daemon.signal(SIGCONT);
  EXPECT_EQ(stalled.status.code, 1);
  EXPECT_TRUE(stalled.errors.contains("no answer from " + admin)) << stalled.errors;
  EXPECT_TRUE(eventually([&] { return run_daemon({"healthcheck", "--admin", admin}).status == ExitStatus{}; }));
}

}  // namespace
}  // namespace lobbyd::integration
