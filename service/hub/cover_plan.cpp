#include "service/hub/cover_plan.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::hub {

// What is wanted ----------------------------------------------------------------------------------------------

CoverPlan::Changes CoverPlan::add(const std::string& filter, mqtt::QoS qos) {
  Changes changes;
  const auto [found, fresh] = wanted_.try_emplace(filter);
  Wanted& wanted = *found;
  wanted.second.qos = std::max(wanted.second.qos, qos);
  if (fresh) {
    enlist(wanted, cover_of(filter, changes));
  }
  Cover& cover = *wanted.second.cover;
  cover.needed = std::max(cover.needed, qos);
  settle(wanted, changes);
  let_go(cover.filter, changes);
  return changes;
}

CoverPlan::Changes CoverPlan::remove(const std::string& filter) {
  Changes changes;
  const auto found = wanted_.find(filter);
  if (found == wanted_.end()) {
    return changes;
  }
  Cover& cover = *found->second.cover;
  delist(*found);
  wanted_.erase(found);
  if (cover.wanted.empty()) {
    withdraw(cover);
    let_go(std::string(cover.filter), changes);
  } else if (!cover.fixed && !wanted_.contains(cover.filter)) {
    loose_.insert(cover.filter);
  }
  return changes;
}

CoverPlan::Changes CoverPlan::narrow() {
  Changes changes;
  for (const std::string& filter : std::exchange(loose_, {})) {
    Cover& cover = *covers_.at(filter);
    const std::vector<Wanted*> all = std::exchange(cover.wanted, {});
    withdraw(cover);
    for (Wanted* wanted : all) {
      enlist(*wanted, cover_of(wanted->first, changes));
    }
    for (const Wanted* wanted : all) {
      settle(*wanted, changes);
    }
    let_go(filter, changes);
  }
  return changes;
}

void CoverPlan::enlist(Wanted& wanted, Cover& cover) {
  wanted.second.cover = &cover;
  wanted.second.place = cover.wanted.size();
  cover.wanted.push_back(&wanted);
  cover.needed = std::max(cover.needed, wanted.second.qos);
}

void CoverPlan::delist(Wanted& wanted) {
  std::vector<Wanted*>& all = wanted.second.cover->wanted;
  all.back()->second.place = wanted.second.place;
  all[wanted.second.place] = all.back();
  all.pop_back();
}

// The plan ----------------------------------------------------------------------------------------------------

std::vector<CoverPlan::Cover*> CoverPlan::overlapping(const Tree& tree, std::string_view filter) {
  std::vector<Cover*> found;
  tree.any_overlapping(filter, [&](Cover* cover) {
    if (mqtt::overlaps(cover->filter, filter)) {
      found.push_back(cover);
    }
    return false;
  });
  return found;
}

// The planned cover that serves the filter: one that overlaps no other, made of those that the filter joins.
CoverPlan::Cover& CoverPlan::cover_of(const std::string& filter, Changes& changes) {
  std::vector<Cover*> others = overlapping(planned_, filter);
  if (others.size() == 1 && mqtt::covers(others.front()->filter, filter)) {
    return *others.front();
  }
  std::string joined = filter;
  std::vector<Wanted*> moved;
  while (!others.empty()) {
    for (Cover* other : others) {
      // Filters that overlap have a cover: their first levels cannot be two different ones.
      joined = mqtt::join(joined, other->filter).value();
      std::ranges::copy(std::exchange(other->wanted, {}), std::back_inserter(moved));
      withdraw(*other);
      if (other->number == 0) {
        forget(*other);
      }
    }
    others = overlapping(planned_, joined);
  }
  Cover& cover = planned(joined);
  for (Wanted* wanted : moved) {
    enlist(*wanted, cover);
    tell_served(*wanted, changes);
  }
  return cover;
}

CoverPlan::Cover& CoverPlan::planned(const std::string& filter) {
  std::unique_ptr<Cover>& cover = covers_[filter];
  if (!cover) {
    cover = std::make_unique<Cover>(Cover{.filter = filter, .wanted = {}});
  } else {
    former_.erase(filter, cover.get());
  }
  cover->planned = true;
  planned_.insert(filter, cover.get());
  set_pending(*cover);
  return *cover;
}

void CoverPlan::withdraw(Cover& cover) {
  planned_.erase(cover.filter, &cover);
  former_.insert(cover.filter, &cover);
  loose_.erase(cover.filter);
  cover.planned = false;
  cover.fixed = false;
  cover.needed = mqtt::QoS::at_most_once;
  set_pending(cover);
}

void CoverPlan::set_pending(Cover& cover) {
  const bool pending = cover.planned && !cover.stands();
  if (pending && !cover.pending) {
    pending_.insert(cover.filter, &cover);
  } else if (!pending && cover.pending) {
    pending_.erase(cover.filter, &cover);
  }
  cover.pending = pending;
}

void CoverPlan::forget(Cover& cover) {
  former_.erase(cover.filter, &cover);
  covers_.erase(covers_.find(cover.filter));
}

// What stands at the broker -----------------------------------------------------------------------------------

void CoverPlan::ask(Cover& cover, Changes& changes) {
  if (cover.number == 0 || cover.asked < cover.needed) {
    cover.asked = std::max(cover.asked, cover.needed);
    cover.number = ++last_number_;
    set_pending(cover);
    changes.hold.push_back({cover.filter, cover.asked, cover.number});
  }
}

void CoverPlan::settle(const Wanted& wanted, Changes& changes) {
  ask(*wanted.second.cover, changes);
  tell_served(wanted, changes);
}

void CoverPlan::tell_served(const Wanted& wanted, Changes& changes) {
  const Cover& cover = *wanted.second.cover;
  if (cover.serves(wanted.second.qos)) {
    changes.served.push_back({wanted.first, cover.acknowledged->granted});
  }
}

// Releases what overlaps the filter and has had its place taken.
void CoverPlan::let_go(std::string_view filter, Changes& changes) {
  for (Cover* former : overlapping(former_, filter)) {
    const bool needed = pending_.any_overlapping(
        former->filter, [&](const Cover* cover) { return mqtt::overlaps(cover->filter, former->filter); });
    if (!needed) {
      changes.release.push_back(former->filter);
      forget(*former);
    }
  }
}

CoverPlan::Cover* CoverPlan::find(const Hold& hold) {
  const auto found = covers_.find(hold.filter);
  return found != covers_.end() && found->second->number == hold.number ? found->second.get() : nullptr;
}

CoverPlan::Changes CoverPlan::acknowledged(const Hold& hold, mqtt::QoS granted) {
  Changes changes;
  Cover* const cover = find(hold);
  if (cover == nullptr) {
    return changes;
  }
  cover->acknowledged = {.number = hold.number, .asked = hold.qos, .granted = granted};
  set_pending(*cover);
  for (const Wanted* wanted : cover->wanted) {
    changes.served.push_back({wanted->first, granted});
  }
  let_go(hold.filter, changes);
  return changes;
}

CoverPlan::Changes CoverPlan::refused(const Hold& hold) {
  Changes changes;
  Cover* const cover = find(hold);
  if (cover == nullptr) {
    return changes;
  }
  const std::optional<Acknowledgement> before = cover->acknowledged;
  std::vector<Wanted*> all = std::exchange(cover->wanted, {});
  if (cover->planned) {
    withdraw(*cover);
  }
  forget(*cover);

  // Only a higher QoS was refused to those that it served before.
  const auto others =
      std::ranges::partition(all, [&](const Wanted* wanted) { return before && before->asked >= wanted->second.qos; });
  for (Wanted* wanted : std::ranges::subrange(all.begin(), others.begin())) {
    enlist(*wanted, cover_of(hold.filter, changes));
  }
  const auto unserved = std::ranges::partition(others, [&](Wanted* wanted) { return keep(*wanted, changes); });
  for (const Wanted* wanted : std::ranges::subrange(all.begin(), unserved.begin())) {
    settle(*wanted, changes);
  }
  for (const Wanted* wanted : std::ranges::subrange(all.begin(), unserved.begin())) {
    let_go(wanted->second.cover->filter, changes);
  }
  for (const Wanted* wanted : unserved) {
    changes.refused.push_back(wanted->first);
    wanted_.erase(wanted_.find(changes.refused.back()));
  }
  let_go(hold.filter, changes);
  return changes;
}

// Leaves the filter to a cover that stands; false where none does.
bool CoverPlan::keep(Wanted& wanted, Changes& changes) {
  Cover* standing = nullptr;
  const auto fits = [&](Cover* cover) {
    if (mqtt::covers(cover->filter, wanted.first) && may_serve(*cover, wanted.second.qos)) {
      standing = cover;
    }
    return standing != nullptr;
  };
  if (!planned_.any_overlapping(wanted.first, fits) && !former_.any_overlapping(wanted.first, fits)) {
    return false;
  }
  Cover& cover = cover_of(std::string(standing->filter), changes);
  cover.fixed = true;
  enlist(wanted, cover);
  return true;
}

// Whether it can, and the broker need not be asked for anything, which it might refuse as well, and so on.
bool CoverPlan::may_serve(const Cover& cover, mqtt::QoS qos) const {
  return cover.serves(qos) && std::ranges::all_of(overlapping(planned_, cover.filter), [&](const Cover* other) {
           return mqtt::covers(cover.filter, other->filter)
                      ? cover.serves(other->needed)
                      : mqtt::covers(other->filter, cover.filter) && other->serves(qos);
         });
}

void CoverPlan::clear() {
  wanted_.clear();
  planned_ = {};
  pending_ = {};
  former_ = {};
  loose_.clear();
  covers_.clear();
}

std::vector<std::string> CoverPlan::held() const {
  std::vector<std::string> filters;
  std::ranges::transform(covers_, std::back_inserter(filters), [](const auto& cover) { return cover.first; });
  return filters;
}

}  // namespace lobbyd::hub
