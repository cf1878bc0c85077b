#pragma once

// Which filters to hold at the broker where copies cannot be told apart by subscription identifiers: filters that
// do not overlap, so that each message comes once. Filters that overlap are served together, by the narrowest filter
// that covers them.
//
// The plan is the set of covers for what is wanted now. A cover that is no longer planned goes when all planned ones
// that overlap it have been acknowledged, so that nothing is missed (a duplicate may pass in between). The plan
// is widened at once, and made narrower by narrow(). Pure.

#include "protocol/mqtt/types.hpp"
#include "service/hub/topic_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lobbyd::hub {

class CoverPlan {
 public:
  // To be held at the broker. `filter` may be held already: then its QoS is raised. The answer comes with the same
  // `number`; one to an earlier hold of the filter has no effect.
  struct Hold {
    std::string filter;
    mqtt::QoS qos = mqtt::QoS::at_most_once;
    std::uint64_t number = 0;
  };
  struct Served {
    std::string filter;
    mqtt::QoS granted = mqtt::QoS::at_most_once;
  };
  // To be carried out in this order.
  struct Changes {
    std::vector<Hold> hold;
    std::vector<std::string> release;
    std::vector<Served> served;        // wanted filters
    std::vector<std::string> refused;  // wanted filters that nothing serves, and that are no longer wanted
  };

  // A filter is wanted at a higher QoS by adding it again. `served` at once where a cover stands already.
  Changes add(const std::string& filter, mqtt::QoS qos);
  Changes remove(const std::string& filter);

  Changes acknowledged(const Hold& hold, mqtt::QoS granted);
  // What the broker gave before still serves what it can.
  Changes refused(const Hold& hold);

  // Whether covers may be wider than what is wanted now. It costs work in proportion to what they serve to find out.
  bool may_narrow() const { return !loose_.empty(); }
  Changes narrow();

  // All that the broker holds, or has been asked to.
  std::vector<std::string> held() const;
  // Nothing is wanted any more, or held. Answers that are still to come have no effect.
  void clear();

 private:
  struct Cover;
  struct Wish {
    mqtt::QoS qos = mqtt::QoS::at_most_once;
    Cover* cover = nullptr;
    std::size_t place = 0;  // in `Cover::wanted`
  };
  using Wishes = std::unordered_map<std::string, Wish>;
  using Wanted = Wishes::value_type;

  struct Acknowledgement {
    std::uint64_t number = 0;
    mqtt::QoS asked = mqtt::QoS::at_most_once;
    mqtt::QoS granted = mqtt::QoS::at_most_once;
  };
  struct Cover {
    std::string filter;
    std::vector<Wanted*> wanted;                       // only while planned
    mqtt::QoS needed = mqtt::QoS::at_most_once;        // the highest of those
    mqtt::QoS asked = mqtt::QoS::at_most_once;         // of the last hold
    std::uint64_t number = 0;                          // of the last hold; 0: none yet
    std::optional<Acknowledgement> acknowledged = {};  // of any hold
    bool planned = false;
    bool pending = false;  // planned, and the last hold is not acknowledged
    bool fixed = false;    // narrower ones were refused

    bool stands() const { return acknowledged && acknowledged->number == number; }
    bool serves(mqtt::QoS qos) const { return acknowledged && acknowledged->asked >= qos; }
  };
  using Tree = TopicTree<Cover*>;

  static std::vector<Cover*> overlapping(const Tree& tree, std::string_view filter);

  Cover& cover_of(const std::string& filter, Changes& changes);
  Cover& planned(const std::string& filter);
  void withdraw(Cover& cover);
  void set_pending(Cover& cover);
  void enlist(Wanted& wanted, Cover& cover);
  void delist(Wanted& wanted);
  Cover* find(const Hold& hold);
  bool keep(Wanted& wanted, Changes& changes);
  bool may_serve(const Cover& cover, mqtt::QoS qos) const;
  void forget(Cover& cover);

  void ask(Cover& cover, Changes& changes);
  void settle(const Wanted& wanted, Changes& changes);
  void tell_served(const Wanted& wanted, Changes& changes);
  void let_go(std::string_view filter, Changes& changes);

  Wishes wanted_;
  std::unordered_map<std::string, std::unique_ptr<Cover>> covers_;
  Tree planned_;  // no two overlap
  Tree pending_;  // of these
  Tree former_;   // no longer planned, and not released yet
  std::unordered_set<std::string> loose_;
  std::uint64_t last_number_ = 0;
};

}  // namespace lobbyd::hub
