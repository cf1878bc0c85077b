#include "tests/bench/load/fleet.hpp"

#include <stdexcept>

namespace lobbyd::load {
namespace {

constexpr std::size_t connecting_at_once = 256;
constexpr std::chrono::seconds patience{60};

}  // namespace

Fleet::Fleet(Loop& loop, const Target& target, std::size_t size, Way way) : loop_(loop) {
  clients_.reserve(size);
  const Time deadline = Clock::now() + patience;
  while (clients_.size() < size) {
    const auto number = static_cast<std::uint32_t>(clients_.size());
    clients_.push_back(way == Way::direct ? target.direct_client(loop, *this, number)
                                          : target.client(loop, *this, number));
    loop_.run_until([&] { return clients_.size() - ready_ < connecting_at_once; }, deadline, "connections");
  }
  loop_.run_until([&] { return ready_ == size; }, deadline, "connections");
}

void Fleet::subscribe(const FiltersOf& filters_of) {
  subscribed_ = 0;
  for (const auto& client : clients_) client->subscribe(filters_of(client->number()));
  loop_.run_until([this] { return is_subscribed(); }, Clock::now() + patience, "answers to subscribe");
}

std::uint64_t Fleet::reads() const {
  std::uint64_t sum = 0;
  for (const auto& client : clients_) sum += client->reads();
  return sum;
}

void Fleet::on_ready(Client& /*client*/) {
  ++ready_;
}

void Fleet::on_subscribed(Client& client) {
  ++subscribed_;
  if (subscribed_listener_) subscribed_listener_(client);
}

void Fleet::on_message(Client& client, std::string_view payload, Time read_at) {
  if (receiver_ == nullptr) throw std::runtime_error("a client got a message that was for nobody");
  receiver_->on_message(client, payload, read_at);
}

void Fleet::on_published(Client& client) {
  if (receiver_ != nullptr) receiver_->on_published(client);
}

}  // namespace lobbyd::load
