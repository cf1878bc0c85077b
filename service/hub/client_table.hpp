#pragma once

// Those attached to the hub, and those that have left of whom requests are under way.

#include "service/hub/client.hpp"
#include "service/hub/hub.hpp"
#include "service/upstream/broker_status.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lobbyd::hub {

class ClientTable {
 public:
  Client& add(std::string client_id, std::string user, Receiver& receiver);
  Client& add_service(Receiver& receiver);
  // It has no receiver any more.
  std::shared_ptr<Client> remove(Client& client);
  // What waits in the orders of all that are left is given up: it keeps its client, and with it the order.
  void abandon_all();

  // Null where there is none, 0 among others.
  Client* find(std::uint64_t serial) const;
  // As they are now.
  std::vector<Client*> clients() const { return those(false); }
  std::vector<Client*> services() const { return those(true); }
  void tell(const upstream::BrokerStatus& status) const;

 private:
  Client& add(Client* fresh);
  std::vector<Client*> those(bool services) const;

  // An answer on its way may outlive the table with its client.
  std::shared_ptr<std::unordered_set<Client*>> living_ = std::make_shared<std::unordered_set<Client*>>();
  std::uint64_t serials_ = 0;                                            // the first is 1
  std::unordered_map<std::uint64_t, std::shared_ptr<Client>> attached_;  // by their serials
};

}  // namespace lobbyd::hub
