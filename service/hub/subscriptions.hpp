#pragma once

// The filters that clients hold: members by filter, and the tree that finds the filters of a topic.

#include "service/hub/client.hpp"
#include "service/hub/filter.hpp"
#include "service/hub/topic_tree.hpp"
#include "service/hub/upstream_filters.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lobbyd::hub {

class Subscriptions {
 public:
  explicit Subscriptions(upstream::FilterLanes& lanes) : upstream_(lanes) {}

  bool holds(const Client& client, std::string_view filter) const;
  // A filter that the client holds already gets the new options. `granted` as in UpstreamFilters::want.
  void add(Client& client, const std::string& filter, Member member, UpstreamFilters::Granted granted);
  // False where the client does not hold it.
  bool remove(Client& client, std::string_view filter);
  void remove_all(Client& client);

  // The filters that match, valid until the next call or change.
  const std::vector<Filter*>& match(std::string_view topic);
  // Whether a subscription with no_local could match: then the publisher must be named.
  bool needs_origin(std::string_view topic);
  // Every filter, for reading its retained messages again.
  void for_each(const std::function<void(const Filter&)>& visit) const;

  UpstreamFilters& upstream() { return upstream_; }

 private:
  Filter& enter(const std::string& text);
  const HeldFilter* held(const Client& client, std::string_view text) const;
  void leave(const HeldFilter& gone);

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::unordered_map<std::string, std::unique_ptr<Filter>, Hash, std::equal_to<>> filters_;
  TopicTree<Filter*> tree_;
  UpstreamFilters upstream_;
  std::vector<Filter*> matched_;
  std::uint64_t subscribes_ = 0;
  std::size_t no_local_members_ = 0;
};

}  // namespace lobbyd::hub
