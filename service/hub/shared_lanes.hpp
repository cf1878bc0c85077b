#pragma once

// The connections that hold shared filters where copies cannot be told apart by subscription identifiers: on each, no
// two filters overlap.

#include "service/hub/topic_tree.hpp"
#include "service/upstream/filter_lanes.hpp"

#include <map>
#include <optional>
#include <string>

namespace lobbyd::hub {

class SharedLanes {
 public:
  explicit SharedLanes(upstream::FilterLanes& lanes) : lanes_(lanes) {}

  // The lane that the filter is to be held on; nothing where all are taken and no further one may be opened.
  std::optional<upstream::LaneId> enter(const std::string& topic_filter);
  // A lane is closed with its last filter.
  void leave(upstream::LaneId lane, const std::string& topic_filter);

 private:
  upstream::FilterLanes& lanes_;
  std::map<upstream::LaneId, TopicTree<std::string>> filters_;
  bool told_ = false;  // that there are no more, since the last one was closed
};

}  // namespace lobbyd::hub
