#include "service/gateway/http_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lobbyd::gateway {
namespace {

using namespace std::chrono_literals;

const std::string page_request = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string upgrade_request = "GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n";

// Over a pair of sockets; the test is the client.
class HttpConnectionTest : public testing::Test {
 protected:
  HttpConnectionTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    client_.reset(ends[0]);
    server_.reset(ends[1]);
  }

  void serve() {
    connection_ = serve_http(std::move(server_), "192.0.2.1", loop_, service_);
    if (connection_) {
      connection_->when_over([this] { over_ = true; });
    }
  }
  void say(std::string_view text) {
    EXPECT_EQ(::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // All that there is for the client; false in `open_` at the end.
  std::string heard() {
    std::string all;
    std::array<char, 65'536> buffer{};
    ssize_t size = 0;
    while ((size = ::recv(client_.get(), buffer.data(), buffer.size(), 0)) > 0) {
      all.append(buffer.data(), static_cast<std::size_t>(size));
    }
    open_ = size != 0;
    return all;
  }
  std::string hear_until(const std::function<bool(const std::string&)>& done) {
    std::string all = heard();
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (open_ && !done(all) && std::chrono::steady_clock::now() < deadline) {
      context_.run_one_for(50ms);
      all += heard();
    }
    return all;
  }
  static std::size_t count(const std::string& text, std::string_view part) {
    std::size_t number = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++number;
    }
    return number;
  }

  boost::asio::io_context context_;
  Loop loop_{context_};
  std::size_t body_size_ = 5;
  std::vector<std::string> paths_;
  std::vector<std::pair<std::string, std::string>> upgraded_;  // from where, and what came early
  HttpService service_{
      .limit = 10s,
      .route = [this](const HttpRequest& request) -> std::variant<HttpResponse, UpgradeAnswer> {
        paths_.emplace_back(request.path);
        if (request.path == "/ws") {
          return UpgradeAnswer{.accept = "accepted", .subprotocol = {}, .deflate = {}};
        }
        return HttpResponse{.status = 200, .body = std::string(body_size_, 'b')};
      },
      .upgraded =
          [this](FileDescriptor socket, std::string address, std::string early, const UpgradeAnswer& answer) {
            EXPECT_TRUE(socket);
            EXPECT_EQ(answer.accept, "accepted");
            upgraded_.emplace_back(std::move(address), std::move(early));
            sockets_.push_back(std::move(socket));
          }};
  FileDescriptor client_;
  FileDescriptor server_;
  std::vector<FileDescriptor> sockets_;
  std::shared_ptr<HttpConnection> connection_;
  bool over_ = false;
  bool open_ = true;
};

using Upgrades = std::vector<std::pair<std::string, std::string>>;

TEST_F(HttpConnectionTest, ARequestThatIsThereIsAnsweredAtOnce) {
  say(upgrade_request + "early");
  serve();
  EXPECT_EQ(connection_, nullptr);
  EXPECT_EQ(upgraded_, (Upgrades{{"192.0.2.1", "early"}}));
  EXPECT_TRUE(heard().starts_with("HTTP/1.1 101 "));
}

TEST_F(HttpConnectionTest, ARequestMayComeInPieces) {
  serve();
  ASSERT_NE(connection_, nullptr);
  for (const char piece : upgrade_request) {
    EXPECT_TRUE(upgraded_.empty());
    say({&piece, 1});
    context_.run_for(1ms);
  }
  EXPECT_EQ(upgraded_, (Upgrades{{"192.0.2.1", ""}}));
  EXPECT_TRUE(over_);
  EXPECT_EQ(paths_.size(), 1U);
}

TEST_F(HttpConnectionTest, RequestsInARowAreAllAnswered) {
  std::string requests;
  for (int number = 0; number < 1'000; ++number) {
    requests += page_request;
  }
  serve();
  say(requests + upgrade_request + "early");
  const std::string answers = hear_until([&](const std::string&) { return !upgraded_.empty(); });
  EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 1'000U);
  EXPECT_EQ(count(answers, "HTTP/1.1 101 "), 1U);
  EXPECT_EQ(upgraded_, (Upgrades{{"192.0.2.1", "early"}}));
}

TEST_F(HttpConnectionTest, AnAnswerThatTheSocketDoesNotTakeAtOnceIsSentOn) {
  body_size_ = 4'000'000;
  serve();
  say(page_request + upgrade_request);
  const std::string answers = hear_until([&](const std::string&) { return !upgraded_.empty(); });
  EXPECT_EQ(count(answers, "b"), body_size_ + 2) << "the body, and those of the upgrade";
  EXPECT_TRUE(answers.contains("HTTP/1.1 101 "));
}

TEST_F(HttpConnectionTest, EndsWithItsClient) {
  serve();
  client_.reset();
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!over_ && std::chrono::steady_clock::now() < deadline) {
    context_.run_one_for(50ms);
  }
  EXPECT_TRUE(over_);
}

TEST_F(HttpConnectionTest, EndsWhenItsTimeIsOver) {
  serve();
  const auto now = std::chrono::steady_clock::now();
  loop_.poller().tick(now + 9s);
  EXPECT_FALSE(over_);
  loop_.poller().tick(now + 11s);
  EXPECT_TRUE(over_);
  heard();
  EXPECT_FALSE(open_);
}

TEST_F(HttpConnectionTest, CanBeAborted) {
  serve();
  connection_->abort();
  EXPECT_TRUE(over_);
  connection_->abort();
  heard();
  EXPECT_FALSE(open_);
}

TEST_F(HttpConnectionTest, WhatIsNoRequestIsRefusedAndReadAway) {
  serve();
  say("nonsense\r\n\r\n");
  const std::string answer = hear_until([](const std::string& all) { return !all.empty(); });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.contains("Connection: close"));
  for (int number = 0; number < 100; ++number) {
    say(page_request);
    context_.run_for(1ms);
  }
  EXPECT_TRUE(paths_.empty());
  EXPECT_FALSE(over_) << "closing now would take the answer with it";
  EXPECT_EQ(::shutdown(client_.get(), SHUT_WR), 0);
  context_.run_for(10ms);
  EXPECT_TRUE(over_);
}

TEST_F(HttpConnectionTest, AHeaderThatIsTooLargeIsRefused) {
  serve();
  say("GET /page HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
  const std::string answer = hear_until([](const std::string& all) { return !all.empty(); });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

}  // namespace
}  // namespace lobbyd::gateway
