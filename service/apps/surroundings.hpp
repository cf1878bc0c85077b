#pragma once

#include "protocol/api/json_reader.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <string>

namespace lobbyd::apps {

// What the services of one instance on one broker share. Outlives them. One thread.
struct Surroundings {
  std::string prefix;    // ends in "/": the application prefix
  std::string instance;  // this one's name; a valid one
  HybridClock clock = {};
  api::JsonReader reader = {};
};

}  // namespace lobbyd::apps
