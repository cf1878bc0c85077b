// One attempt at a connection, over a transport that the test plays.

#include "service/upstream/link.hpp"

#include "protocol/mqtt/client.hpp"
#include "service/upstream/transport/transport.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::upstream {
namespace {

class PlayedTransport final : public Transport {
 public:
  void connect(ConnectHandler) override {}
  void read_some(std::span<char>, ReadHandler) override {}
  void write(std::string_view bytes, WriteHandler handler) override {
    written = bytes;
    written_handler = std::move(handler);
  }
  void close() override {}

  std::string_view written;
  WriteHandler written_handler;
};

struct Nobody final : LinkEvents, mqtt::ClientEvents {
  void on_link_connected() override {}
  void on_link_lost(std::error_code) override {}
  void on_read_handled() override {}
  void on_writable() override {}
  void on_all_written() override {}
  void on_connected(const mqtt::ServerLimits&) override {}
  void on_publish(const mqtt::Publish&) override {}
  void on_published(mqtt::Tag, mqtt::ReasonCode) override {}
  void on_subscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_unsubscribed(mqtt::Tag, std::span<const mqtt::ReasonCode>) override {}
  void on_failed(const mqtt::Failure&) override {}
};

class LinkTest : public LoopTest {
 protected:
  LinkTest() {
    auto transport = std::make_unique<PlayedTransport>();
    transport_ = transport.get();
    link_ = std::make_unique<Link>(loop_.get_executor(), std::move(transport), client_, 1'000,
                                   static_cast<LinkEvents&>(nobody_));
  }

  static mqtt::ClientOptions options() {
    mqtt::ClientOptions options;
    options.client_id = "test";
    options.username = "alice";
    options.password.emplace("wonder land");
    return options;
  }

  Nobody nobody_;
  mqtt::Client client_{options(), nobody_};
  PlayedTransport* transport_ = nullptr;
  std::unique_ptr<Link> link_;
};

TEST_F(LinkTest, NothingIsLeftOfThePasswordWhenItIsWritten) {
  client_.open(std::chrono::steady_clock::now(), mqtt::Version::v5, true);
  link_->request_flush();
  run_ready();
  const std::string_view connect = transport_->written;
  ASSERT_NE(connect.find("wonder land"), std::string_view::npos);
  std::exchange(transport_->written_handler, nullptr)({});
  // The memory is still the link's, for what it writes next.
  EXPECT_EQ(connect, std::string(connect.size(), '\0'));
}

}  // namespace
}  // namespace lobbyd::upstream
