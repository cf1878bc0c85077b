#include "service/gateway/listener.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <vector>

namespace lobbyd::gateway {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() { EXPECT_TRUE(listener_->start("127.0.0.1", 0).has_value()); }
  void TearDown() override { listener_->stop(); }

  void connect(int count) {
    const std::string address = listener_->address();
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1)));
    for (int number = 0; number < count; ++number) {
      clients_.emplace_back(context_).connect({boost::asio::ip::address_v4::loopback(), port});
    }
  }
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
      context_.run_one_for(100ms);
    }
    return done();
  }

  boost::asio::io_context context_;
  std::vector<tcp::socket> clients_;
  std::vector<FileDescriptor> accepted_;
  std::vector<std::string> addresses_;
  std::shared_ptr<Listener> listener_ =
      std::make_shared<Listener>(context_, 100, [this](FileDescriptor socket, std::string address) {
        accepted_.push_back(std::move(socket));
        addresses_.push_back(std::move(address));
      });
};

TEST_F(ListenerTest, GivesSocketsAsTheyAreNeeded) {
  connect(1);
  ASSERT_TRUE(run_until([&] { return accepted_.size() == 1; }));
  EXPECT_EQ(addresses_.front(), "127.0.0.1");
  EXPECT_NE(::fcntl(accepted_.front().get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(accepted_.front().get(), F_GETFD) & FD_CLOEXEC, 0);
  int no_delay = 0;
  socklen_t size = sizeof(no_delay);
  EXPECT_EQ(::getsockopt(accepted_.front().get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
}

TEST_F(ListenerTest, ABurstIsAcceptedInTurns) {
  connect(200);
  ASSERT_TRUE(run_until([&] { return !accepted_.empty(); }));
  EXPECT_LE(accepted_.size(), 32U) << "others have their turn";
  EXPECT_TRUE(run_until([&] { return accepted_.size() == 200; }));
}

TEST_F(ListenerTest, StopsWithinATurn) {
  connect(1);
  ASSERT_TRUE(run_until([&] { return accepted_.size() == 1; }));
  listener_->stop();
  context_.run_for(10ms);
  EXPECT_TRUE(context_.stopped());
}

// Of this process, while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit lowered{limit, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ListenerTest, LeavesDescriptorsToOthers) {
  connect(100);
  // Its sockets come behind those of the clients.
  const int next = clients_.back().native_handle() + 1;
  const DescriptorLimit limit(static_cast<rlim_t>(next) + 60);
  ASSERT_TRUE(run_until([&] { return !accepted_.empty(); }));
  context_.run_for(50ms);
  const int reserve = (next + 60) / 4;
  EXPECT_GE(accepted_.back().get(), next + 60 - reserve) << "the one that shows it";
  EXPECT_LE(accepted_.size(), static_cast<std::size_t>(61 - reserve + 1));
  // As soon as some are closed.
  const std::size_t before = accepted_.size();
  for (std::size_t index = 0; index < 5; ++index) {
    accepted_[index].reset();
  }
  EXPECT_TRUE(run_until([&] { return accepted_.size() >= before + 5; }));
  EXPECT_LE(accepted_.size(), before + 6);
}

TEST_F(ListenerTest, WithoutAnyDescriptorItWaits) {
  connect(3);
  const auto limit = std::make_unique<DescriptorLimit>(3);
  context_.run_for(150ms);
  EXPECT_TRUE(accepted_.empty());
}

}  // namespace
}  // namespace lobbyd::gateway
