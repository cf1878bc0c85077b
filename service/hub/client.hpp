#pragma once

// What the hub knows of one client: its filters, the order of its requests, what is held back for it, its will.

#include "service/hub/filter.hpp"
#include "service/hub/hub.hpp"
#include "service/hub/request_order.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lobbyd::hub {

// Live messages kept for a client while retained ones are read, so that newer never comes before older.
//
// Whoever awaits a read holds. The topics of what has come since are remembered until the last holder ends, also of
// what has been passed on before: a retained copy of them is outdated for those who began to hold earlier.
class HoldBack {
 public:
  struct Limits {
    std::size_t messages;
    std::size_t bytes;
  };
  // A moment: what comes later is newer.
  using Since = std::uint64_t;

  bool active() const { return memory_ && memory_->holders > 0; }
  Since begin();
  // With the last holder the memory ends; what is kept then is to be taken.
  void end();

  // While it is active. False when the delivery, which is kept all the same, is to be taken at once: a bound is
  // reached, and from then on nothing is held back. `outdates`: the message is newer than a retained copy of its topic.
  bool keep(const Delivery& delivery, bool outdates, Limits limits);
  std::vector<Delivery> take();
  // From now on nothing is kept.
  void open() { memory_->open = true; }

  // Whether a message of this topic has come since.
  bool outdated(std::string_view topic, Since since) const;
  // Whether more topics have come since than can be remembered: then all copies count as outdated.
  bool forgot(Since since) const { return memory_ && since < memory_->forgotten; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // Most clients hold nothing back most of the time.
  struct Memory {
    void remember(std::string_view topic, Limits limits);

    std::vector<Delivery> kept;
    std::size_t messages = 0;  // that these stand for
    std::size_t bytes = 0;
    std::size_t holders = 0;
    bool open = false;
    Since now = 0;  // counts deliveries
    std::unordered_map<std::string, Since, Hash, std::equal_to<>> newest;
    std::size_t newest_bytes = 0;
    Since forgotten = 0;
  };

  std::unique_ptr<Memory> memory_;
};

// Outlives `detach` for as long as requests of it are under way.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(std::string client_id, std::string user_name, Receiver& its_receiver, bool service = false)
      : id(std::move(client_id)), user(std::move(user_name)), receiver(&its_receiver), is_service(service) {}

  // What is held back goes to the client.
  void flush();

  std::string id;
  std::string user;
  Receiver* receiver;     // null once detached
  const bool is_service;  // a part of the daemon: its filters lie below closed names, and it gets nothing else
  std::optional<api::WillParams> will;
  std::vector<api::WillParams> service_wills;                        // see Hub::set_service_wills
  std::chrono::seconds longest_delay = std::chrono::seconds::max();  // of its will
  bool lost = false;         // attached, without a connection: its will has its time
  bool will_leaves = false;  // by its publisher, which is needed until then
  upstream::PublisherId publisher{};
  std::uint64_t serial = 0;         // among the clients of its hub
  std::vector<HeldFilter> filters;  // at most Options::max_subscriptions
  RequestOrder order;
  std::size_t waiting_bytes = 0;  // of its publishes that wait in `order`
  HoldBack hold_back;

  // FanOut's mark: the round in which the client was chosen, and its place among the choices.
  std::pair<std::uint64_t, std::size_t> fan_out{0, 0};
};

}  // namespace lobbyd::hub
