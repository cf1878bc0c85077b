#include "service/system/service_manager.hpp"

#include "service/system/process_memory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace lobbyd {
namespace {

class ServiceManagerTest : public testing::Test {
 protected:
  // On an abstract name; the other kind has a path of a test that runs the daemon.
  ServiceManagerTest() : name_("@lobbyd-test-" + std::to_string(::getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name_.copy(address.sun_path + 1, name_.size() - 1, 1);
    receiver_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EXPECT_EQ(::bind(receiver_.get(), reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size())),
              0);
    ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }
  std::string received() const {
    std::array<char, 256> buffer{};
    const ssize_t size = ::recv(receiver_.get(), buffer.data(), buffer.size(), 0);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  std::string name_;
  FileDescriptor receiver_;
};

TEST_F(ServiceManagerTest, IsToldInItsOwnWords) {
  const ServiceManager manager = ServiceManager::from_environment();
  manager.ready();
  EXPECT_EQ(received(), "READY=1");
  manager.status("3 clients");
  EXPECT_EQ(received(), "STATUS=3 clients");
  manager.reloading();
  const std::string reloading = received();
  EXPECT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
  EXPECT_GT(std::stoll(reloading.substr(reloading.rfind('=') + 1)), 0);
  manager.alive();
  EXPECT_EQ(received(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(received(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, ChildrenDoNotSeeIt) {
  ::setenv("WATCHDOG_USEC", "1000", 1);
  ServiceManager::from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr);
}

TEST_F(ServiceManagerTest, TheWatchdogIsForOneProcess) {
  const auto watchdog_time = [](const char* usec, const std::string& process) {
    ::setenv("WATCHDOG_USEC", usec, 1);
    process.empty() ? ::unsetenv("WATCHDOG_PID") : ::setenv("WATCHDOG_PID", process.c_str(), 1);
    const auto time = ServiceManager::from_environment().watchdog_time();
    return time ? time->count() : 0;
  };
  const auto again = [this] { ::setenv("NOTIFY_SOCKET", name_.c_str(), 1); };
  EXPECT_EQ(watchdog_time("30000000", std::to_string(::getpid())), 30'000'000);
  again();
  EXPECT_EQ(watchdog_time("30000000", ""), 30'000'000);
  again();
  EXPECT_EQ(watchdog_time("30000000", "1"), 0);
  for (const char* nonsense : {"", "0", "-5", "5s"}) {
    again();
    EXPECT_EQ(watchdog_time(nonsense, ""), 0) << nonsense;
  }
}

TEST_F(ServiceManagerTest, WithoutOneNothingHappens) {
  for (const std::string& path : {std::string(), std::string("relative"), "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ServiceManager::from_environment().ready();
  }
  EXPECT_EQ(received(), "nothing");
}

TEST_F(ServiceManagerTest, OneThatDoesNotReadIsNotWaitedFor) {
  const ServiceManager manager = ServiceManager::from_environment();
  for (int number = 0; number < 10'000; ++number) {
    manager.alive();
  }
}

TEST(ProcessMemory, GrowsWithWhatIsUsed) {
  const ProcessMemory memory;
  const auto before = memory.resident();
  ASSERT_TRUE(before);
  const std::vector<char> much(64U << 20U, 'x');
  EXPECT_GE(*memory.resident(), *before + (60U << 20U));
  // Memory that nobody looks at the compiler may leave out.
  EXPECT_EQ(static_cast<const volatile char&>(much.back()), 'x');
}

}  // namespace
}  // namespace lobbyd
