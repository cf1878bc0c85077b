#pragma once

// A reader, and the broker that it reads from, played by the test.

#include "service/hub/retained_reader.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

inline MessagePtr copy_of(std::string_view topic, std::string_view payload = "x") {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = payload;
  publish.retain = true;
  return std::make_shared<const Message>(publish, Message::TimePoint{});
}

struct Given {
  std::vector<std::string> topics;
  api::Completeness complete = api::Completeness::exact;
};

// Plays the broker: what is subscribed and published is seen here, and answered by the test.
class RetainedReaderTest : public testing::Test, protected RetainedReader::Port {
 protected:
  void publish_mark(const std::string& nonce) override { nonce_ = nonce; }
  void subscribe(const std::vector<std::string>& filters, const std::string& nonce) override {
    EXPECT_EQ(nonce, nonce_) << "the mark of this SUBSCRIBE is published before it";
    subscribed_.push_back(filters);
  }
  void unsubscribe(const std::vector<std::string>& filters) override { unsubscribed_.push_back(filters); }
  void publish_echo(const std::string& nonce) override {
    EXPECT_EQ(nonce, nonce_);
    ++echoes_;
  }
  void on_timeout_changed() override { timeout_ = reader_.next_timeout(); }

  RetainedReader::Ticket request(const std::vector<std::string>& filters) {
    const std::size_t index = answers_.size();
    answers_.emplace_back();
    answered_.push_back(false);
    return reader_.request(this, filters, now_, [this, index](const RetainedSet& set) {
      answered_[index] = true;
      answers_[index].complete = set.complete;
      for (const MessagePtr& message : set.messages) {
        answers_[index].topics.emplace_back(message->topic());
      }
    });
  }
  void acknowledge(std::vector<mqtt::ReasonCode> reasons = {}) { reader_.on_subscribed(nonce_, reasons, now_); }
  void bring(std::string_view topic) { reader_.on_retained(copy_of(topic), now_); }
  void bring_mark() { bring_mark(nonce_); }
  void bring_mark(std::string_view nonce) { reader_.on_retained(copy_of("mark", nonce), now_); }
  void echo() { reader_.on_echo(nonce_, now_); }
  void barrier() { reader_.on_barrier(nonce_, now_); }
  void finish_in_order() {
    acknowledge();
    bring_mark();
    echo();
    barrier();
  }
  // The link comes up at a broker that sends retained messages in order.
  void link_up() {
    reader_.on_link_up({}, now_);
    finish_in_order();
    subscribed_.clear();
  }
  void pass(std::chrono::milliseconds time) {
    now_ += time;
    reader_.handle_timeout(now_);
  }

  RetainedReader::TimePoint now_{};
  std::vector<std::vector<std::string>> subscribed_;
  std::vector<std::vector<std::string>> unsubscribed_;
  std::string nonce_;
  int echoes_ = 0;  // published
  std::optional<RetainedReader::TimePoint> timeout_;
  std::vector<Given> answers_;
  std::vector<bool> answered_;
  RetainedReader reader_{*this, "mark", {.messages = 100, .bytes = 100'000}};
};

}  // namespace lobbyd::hub
