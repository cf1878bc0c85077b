#include "service/hub/client_table.hpp"

#include <utility>

namespace lobbyd::hub {

Client& ClientTable::add(std::string client_id, std::string user, Receiver& receiver) {
  return add(new Client(std::move(client_id), std::move(user), receiver));
}

Client& ClientTable::add_service(Receiver& receiver) {
  return add(new Client({}, {}, receiver, true));
}

Client& ClientTable::add(Client* fresh) {
  std::shared_ptr<Client> client(fresh, [living = living_](Client* gone) {
    living->erase(gone);
    delete gone;
  });
  living_->insert(fresh);
  client->serial = ++serials_;
  attached_.emplace(client->serial, std::move(client));
  return *fresh;
}

std::shared_ptr<Client> ClientTable::remove(Client& client) {
  std::shared_ptr<Client> leaving = std::move(attached_.extract(client.serial).mapped());
  leaving->receiver = nullptr;
  return leaving;
}

void ClientTable::abandon_all() {
  std::vector<std::shared_ptr<Client>> last;
  last.reserve(living_->size());
  for (Client* client : *living_) {
    last.push_back(client->shared_from_this());
  }
  for (const std::shared_ptr<Client>& client : last) {
    client->order.abandon();
  }
}

Client* ClientTable::find(std::uint64_t serial) const {
  const auto found = attached_.find(serial);
  return found == attached_.end() ? nullptr : found->second.get();
}

std::vector<Client*> ClientTable::those(bool services) const {
  std::vector<Client*> found;
  for (const auto& [serial, client] : attached_) {
    if (client->is_service == services) {
      found.push_back(client.get());
    }
  }
  return found;
}

void ClientTable::tell(const upstream::BrokerStatus& status) const {
  for (const auto& [serial, client] : attached_) {
    client->receiver->on_broker_status(status);
  }
}

}  // namespace lobbyd::hub
