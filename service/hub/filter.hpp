#pragma once

// A filter that clients of this daemon hold, and its members.

#include "protocol/mqtt/types.hpp"
#include "service/hub/hub.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::hub {

class Client;

struct Member {
  Client* client = nullptr;
  mqtt::QoS qos = mqtt::QoS::at_most_once;
  api::Delivery mode = api::Delivery::queue;
  bool no_local = false;
  bool retained = true;     // wants the retained messages again after a break of the link
  std::uint64_t since = 0;  // counts subscribes; the smaller was first
  std::size_t held_at = 0;  // the filter's place among the client's
};

struct Filter {
  std::string text;                         // as the client named it
  std::shared_ptr<const std::string> name;  // the same, for those who may outlive the filter
  std::string topic_filter;                 // without "$share/GROUP/"
  bool shared = false;
  std::uint32_t id = 0;  // subscription identifier, unique among the filters held
  std::vector<Member> members;
  std::size_t turn = 0;  // shared: which member is next
};

// A filter as its member sees it.
struct HeldFilter {
  Filter* filter = nullptr;
  std::size_t member = 0;  // the client's place among its members
};

}  // namespace lobbyd::hub
