#include "service/gateway/departure.hpp"

#include "service/apps/host/apps.hpp"

#include <utility>

namespace lobbyd::gateway {

void detach_client(hub::BrokerHub& broker, hub::Client& client, hub::Departure departure,
                   hub::Answer<std::monostate> answer) {
  if (apps::Apps* const apps = apps::Apps::of(broker)) {
    apps->leave(client, departure);
  }
  broker.hub().detach(client, departure, std::move(answer));
}

}  // namespace lobbyd::gateway
