#pragma once

// What the hub knows of one client: its filters, the order of its requests, what is held back for it, its will.

#include "service/hub/filter.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/request_order.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace lobbyd::hub {

struct SubscribeCall;

// Live messages kept for a client while retained ones are read, so that newer never comes before older.
class HoldBack {
 public:
  bool active() const { return holders_ > 0; }
  void begin() { ++holders_; }
  void end() { --holders_; }
  void end_all() { holders_ = 0; }
  // False when a bound is reached; the delivery is kept all the same, and the caller lets all go.
  bool keep(const Delivery& delivery, std::size_t max_messages, std::size_t max_bytes);
  // The topics whose retained copies the kept live messages make obsolete. With retain-as-published only a message
  // that was itself published as retained does (MQTT5 §3.8.3.1). Valid until the next change.
  std::unordered_set<std::string_view> newer_topics(bool retain_as_published) const;
  std::vector<Delivery> take();

 private:
  std::vector<Delivery> kept_;
  std::size_t bytes_ = 0;
  std::size_t holders_ = 0;
};

// Outlives `detach` for as long as requests of it are under way.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(std::string client_id, std::string user_name, Receiver& its_receiver)
      : id(std::move(client_id)), user(std::move(user_name)), receiver(&its_receiver) {}

  std::string id;
  std::string user;
  Receiver* receiver;  // null once detached
  std::optional<api::WillParams> will;
  upstream::PublisherId publisher{};
  std::string origin;            // names it in `origin_property`
  std::vector<Filter*> filters;  // at most Options::max_subscriptions
  RequestOrder order;
  HoldBack hold_back;
  std::vector<std::shared_ptr<SubscribeCall>> holding;  // the calls for which live messages are held back

  // FanOut's mark: the round in which the client was chosen, and its place among the choices.
  std::pair<std::uint64_t, std::size_t> fan_out{0, 0};
};

}  // namespace lobbyd::hub
