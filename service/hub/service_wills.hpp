#pragma once

// What the keeper of the wills asks the services that stand above it: they add wills of their own to those of clients.
// Pure questions, asked at any time from within the hub.

#include "protocol/api/params.hpp"
#include "service/upstream/message.hpp"

#include <optional>
#include <string>

namespace lobbyd::hub {

class ServiceWills {
 public:
  // Whether a service may have given this will for this client. What stands in the broker may be anybody's: another
  // will on a closed topic is not published.
  virtual bool is_service_will(const std::string& client, const api::WillParams& will) const = 0;
  // What has to be published before it, if anything.
  virtual std::optional<upstream::Message> before_will(const api::WillParams& will) const = 0;

 protected:
  ~ServiceWills() = default;
};

}  // namespace lobbyd::hub
