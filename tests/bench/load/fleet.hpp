#pragma once

// Many clients of one target, each counted from 0.

#include "tests/bench/load/client.hpp"
#include "tests/bench/load/target.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lobbyd::load {

// Whoever wants what comes to clients.
class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual void on_message(Client& client, std::string_view payload, Time read_at) = 0;
  virtual void on_published(Client& /*client*/) {}
};

class Fleet final : private Observer {
 public:
  enum class Way { websocket, direct };  // see Target

  // Returns when all are connected.
  Fleet(Loop& loop, const Target& target, std::size_t size, Way way = Way::websocket);

  // Each subscribes to what `filters_of` says for its number, all at once. Returns when all have their answers.
  using FiltersOf = std::function<std::vector<std::string>(std::uint32_t number)>;
  void subscribe(const FiltersOf& filters_of);
  // Whether each has had an answer to a subscribe.
  bool is_subscribed() const { return subscribed_ == clients_.size(); }

  // Messages go there from now on. None may come while there is no receiver.
  void set_receiver(Receiver* receiver) { receiver_ = receiver; }
  // Called as each subscribe is answered.
  void on_each_subscribed(std::function<void(Client&)> listener) { subscribed_listener_ = std::move(listener); }

  std::size_t size() const { return clients_.size(); }
  Client& operator[](std::size_t number) { return *clients_[number]; }
  // How often all of them together have read from their sockets.
  std::uint64_t reads() const;

 private:
  void on_ready(Client& client) override;
  void on_subscribed(Client& client) override;
  void on_message(Client& client, std::string_view payload, Time read_at) override;
  void on_published(Client& client) override;

  Loop& loop_;
  std::vector<std::unique_ptr<Client>> clients_;
  Receiver* receiver_ = nullptr;
  std::function<void(Client&)> subscribed_listener_;
  std::size_t ready_ = 0;
  std::size_t subscribed_ = 0;
};

}  // namespace lobbyd::load
