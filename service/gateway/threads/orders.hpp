#pragma once

// What one turn of the home loop has for the connections of another loop, in order. Pure.
//
// A frame that many get goes in once, with the list of those who get it: a delivery joins an earlier one of the same
// frame where its connection has nothing behind that.
//
// Connections are named by their slots. A slot is taken by `Open`, and free for the next one after `Release`. That
// comes when the other loop has told that its connection is gone; what names it in between is for its session's rest
// alone.

#include "protocol/api/error.hpp"
#include "service/gateway/outbox.hpp"
#include "service/system/file_descriptor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lobbyd::gateway {

using ConnectionSlot = std::uint32_t;

class Orders {
 public:
  struct Open {
    ConnectionSlot slot;
    FileDescriptor socket;
    std::string early;
    bool compressed;  // the client may compress what it sends
  };
  struct Send {
    Frame frame;
    FilterName filter;
    std::string topic;  // of `latest` alone
    std::uint32_t messages;
    Outbox::Class frame_class;
    std::uint32_t first;  // of its receivers
    std::uint32_t last;
  };
  struct Close {
    ConnectionSlot slot;
    api::CloseCode code;
    std::optional<std::chrono::milliseconds> retry_after;
  };
  struct Abort {
    ConnectionSlot slot;
  };
  // What requests have cost so far is paid back: see RequestWindow.
  struct Grant {
    ConnectionSlot slot;
    std::uint64_t paid;
  };
  // See Connection.
  struct Remember {
    ConnectionSlot slot;
    std::unique_ptr<Outbox> session;
  };
  struct Acknowledge {
    ConnectionSlot slot;
    std::uint64_t received;
  };
  // Of one that is closed, or being closed, and whose session was to be remembered: to be answered by Reports::Rest.
  struct Return {
    ConnectionSlot slot;
  };
  struct Release {
    ConnectionSlot slot;
  };
  using Order = std::variant<Open, Send, Close, Abort, Grant, Remember, Acknowledge, Return, Release>;

  static constexpr std::uint32_t no_receiver = std::numeric_limits<std::uint32_t>::max();
  struct Receiver {
    ConnectionSlot slot;
    std::uint32_t next;  // or no_receiver
  };

  template <class Any>
  void add(Any order) {
    weight_ += weight_of_one;
    orders_.emplace_back(std::move(order));
  }
  // `behind`: how many orders there were when the connection had its last one. Returns that for this one.
  std::uint32_t send(ConnectionSlot slot, std::uint32_t behind, const Frame& frame, Outbox::Class frame_class,
                     const FilterName& filter, std::string_view topic, std::uint32_t messages);

  bool empty() const { return orders_.empty(); }
  std::size_t size() const { return orders_.size(); }
  // In bytes, roughly: of each frame once, and little for each receiver.
  std::uint64_t weight() const { return weight_ + receivers_.size() / receivers_for_a_byte; }

  std::vector<Order>& orders() { return orders_; }
  const Receiver& receiver(std::uint32_t index) const { return receivers_[index]; }

 private:
  static constexpr std::uint64_t weight_of_one = 64;
  static constexpr std::uint64_t receivers_for_a_byte = 8;

  Send* find(std::uint32_t behind, const Frame& frame, Outbox::Class frame_class, const FilterName& filter,
             std::uint32_t& found_at);

  std::vector<Order> orders_;
  std::vector<Receiver> receivers_;
  std::uint64_t weight_ = 0;
};

}  // namespace lobbyd::gateway
