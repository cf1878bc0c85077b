#pragma once

// Which filters to hold at the broker where copies cannot be told apart by subscription identifiers: filters that
// do not overlap, so that each message comes once. A wanted filter that overlaps a held one makes both give way to
// the narrowest filter that covers them; the broker must have acknowledged the new one before the old ones go, so
// that nothing is missed (a duplicate may pass in between). Pure; `Key` tells wanted filters apart.

#include "protocol/mqtt/types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::hub {

class CoverPlan {
 public:
  using Key = std::string;

  struct Wanted {
    Key key;
    std::string topic_filter;
    mqtt::QoS qos;
  };

  // What to do at the broker now. `hold` may name a filter that is held already: then its QoS is raised.
  struct Hold {
    std::string filter;
    mqtt::QoS qos;
  };

  // Nothing to do where an acknowledged cover serves the filter already; then `served` tells its granted QoS.
  struct Added {
    std::optional<Hold> hold;
    std::optional<mqtt::QoS> served;
  };
  Added add(Wanted wanted);

  // The broker's answers to a hold. Acknowledged: which wanted filters are served now, and which covers may go.
  struct Acknowledged {
    std::vector<Key> served;
    std::vector<std::string> release;
  };
  Acknowledged acknowledged(std::string_view filter, mqtt::QoS granted);
  // Refused: what the cover replaced stays. `unserved` are the wanted filters that nothing serves now, and that are
  // no longer wanted; `again` is to be held anew, where the refused hold was to raise the QoS of one that stood.
  struct Refused {
    std::vector<Key> unserved;
    std::optional<Hold> again;
  };
  Refused refused(std::string_view filter);

  // Returns the covers that may go. A filter is wanted at a higher QoS by adding it again; it is removed once.
  std::vector<std::string> remove(const Key& key);

 private:
  struct Cover {
    std::string filter;
    mqtt::QoS qos;
    std::optional<mqtt::QoS> granted;
    std::vector<Wanted> wanted;
    std::vector<Cover> replaced;  // still held, with what they serve, until this one is acknowledged

    bool serves_nothing() const;
    bool forget(const Key& key);
    void collect_filters(std::vector<std::string>& filters) const;
    void collect_wanted(std::vector<Wanted>& all);
  };

  static Cover* find(std::vector<Cover>& covers, std::string_view filter);
  // Takes out the covers that overlap `cover`, and widens it until none does.
  void absorb(Cover& cover);

  std::vector<Cover> covers_;  // no two overlap
};

}  // namespace lobbyd::hub
