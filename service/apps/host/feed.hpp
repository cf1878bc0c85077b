#pragma once

// A service's way to the broker: the filters that it holds, with what is retained there, and what it publishes.
//
// What is kept is read at once, and again after each break of the broker's link and where a reading was cut: the
// retained messages, with live ones among them, come between `on_reading` and `on_read`; behind that, live ones alone.
//
// One loop, as the hub. The listener is called from within the hub's events, and by `keep`, `add` and `publish`; it
// must not destroy the feed then.

#include "protocol/api/error.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/publication.hpp"
#include "service/hub/hub.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

// QoS 1; its time begins now.
upstream::Message to_message(Publication publication);

class FeedListener {
 public:
  virtual void on_reading() {}
  // An empty payload: the topic has been cleared.
  virtual void on_message(std::string_view /*topic*/, std::string_view /*payload*/) {}
  // `forgetful`: the broker may have lost its memory in between.
  virtual void on_read(bool /*forgetful*/) {}
  // The reading was cut, and is begun again by and by.
  virtual void on_unread(const api::Error& /*error*/) {}

 protected:
  ~FeedListener() = default;
};

class Feed final : private hub::Receiver {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Done = std::move_only_function<void(std::expected<void, api::Error>)>;

  Feed(Context& context, FeedListener& listener) : Feed(context, context, listener) {}
  // `waker`: of the part of a service that the feed belongs to.
  Feed(Context& context, Waker& waker, FeedListener& listener);
  // That holds nothing: it publishes and looks.
  explicit Feed(Context& context);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  ~Feed();

  // From now on, besides those that are kept already.
  void keep(std::vector<std::string> filters);
  // The same, but what is retained there comes as any message does, before `done` tells that all has come.
  void add(const std::vector<std::string>& filters, Done done);
  void remove(const std::vector<std::string>& filters);

  // In order, at QoS 1. `done` may be missing once the feed has ended; it may be empty.
  void publish(Publication publication, Done done = {});
  // All of them, and then `done` once with the first error, if any.
  void publish_all(std::vector<Publication> publications, Done done);
  // One look, without holding anything.
  void look(std::vector<std::string> filters, hub::Answer<hub::RetainedResult> answer);

  // When a reading that was cut is begun again; the waker has been told, too.
  std::optional<TimePoint> next_timeout() const { return retry_; }
  void handle_timeout(TimePoint now);

 private:
  void deliver(const hub::Delivery& delivery) override;
  void notify(const hub::Notice& /*notice*/) override {}
  void on_broker_status(const upstream::BrokerStatus& /*status*/) override {}
  void on_displaced(bool /*vanished*/) override {}
  void on_wills_published() override {}
  void on_restored(bool forgetful) override;

  void read();
  void on_answer(std::uint64_t reading, const std::expected<api::SubscribeResult, api::Error>& result);

  Context& context_;
  Waker& waker_;
  FeedListener& listener_;
  hub::Client& client_;
  std::vector<std::string> filters_;
  std::uint64_t reading_ = 0;  // counts readings: an answer to one before says nothing
  bool forgetful_ = false;     // since the last whole reading
  std::optional<TimePoint> retry_;
};

}  // namespace lobbyd::apps
