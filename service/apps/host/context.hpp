#pragma once

// What the services of one broker share, as long as their hub lives. One loop.

#include "protocol/api/error.hpp"
#include "protocol/api/service_params.hpp"
#include "service/apps/host/waker.hpp"
#include "service/apps/moment.hpp"
#include "service/apps/surroundings.hpp"
#include "service/hub/hub.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

// The result as JSON text. Called once, or not at all if the client goes first; perhaps from within.
using Answer = std::move_only_function<void(std::expected<std::string, api::Error>)>;

struct Rights {
  bool moderator = false;
  bool scores = false;
  bool presence_all = true;  // where nobody has an identity there is nothing to ask for
};

// What an answer has to keep to.
struct Caller {
  Rights rights = {};
  std::size_t result_bytes = 0;  // of the result's text
};

class Context : public Waker {
 public:
  Context(hub::Hub& its_hub, std::string prefix, std::string instance)
      : hub(its_hub), surroundings{.prefix = std::move(prefix), .instance = std::move(instance)} {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  hub::Hub& hub;
  Surroundings surroundings;

  // A service's wills of this client are others now.
  virtual void renew_wills(hub::Client& client) = 0;
  // That is here, by its id; null where there is none.
  virtual hub::Client* find_client(std::string_view client_id) const = 0;

  static Moment now();
  // MQTT 5's expiry; what 3.1.1 keeps for ever has to be swept.
  bool broker_expires() const;

 protected:
  ~Context() = default;
};

// The time that a request may take.
inline constexpr std::chrono::seconds request_time{30};
api::Error timed_out();
// The broker has given its retained messages in part.
api::Error not_whole();

// {} as a result.
inline constexpr std::string_view empty_result = "{}";

}  // namespace lobbyd::apps
