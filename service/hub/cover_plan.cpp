#include "service/hub/cover_plan.hpp"

#include "protocol/mqtt/topic_match.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::hub {

CoverPlan::Added CoverPlan::add(Wanted wanted) {
  for (Cover& cover : covers_) {
    if (mqtt::covers(cover.filter, wanted.topic_filter) && wanted.qos <= cover.qos) {
      cover.wanted.push_back(std::move(wanted));
      return {.hold = std::nullopt, .served = cover.granted};
    }
  }
  Cover cover{.filter = wanted.topic_filter, .qos = wanted.qos, .granted = {}, .wanted = {}, .replaced = {}};
  cover.wanted.push_back(std::move(wanted));
  absorb(cover);
  covers_.push_back(std::move(cover));
  return {.hold = Hold{covers_.back().filter, covers_.back().qos}, .served = std::nullopt};
}

void CoverPlan::absorb(Cover& cover) {
  for (bool grown = true; grown;) {
    grown = false;
    for (auto at = covers_.begin(); at != covers_.end();) {
      if (!mqtt::overlaps(at->filter, cover.filter)) {
        ++at;
        continue;
      }
      // Filters that overlap have a cover: their first levels cannot be two different ones.
      cover.filter = mqtt::join(cover.filter, at->filter).value();
      cover.qos = std::max(cover.qos, at->qos);
      cover.replaced.push_back(std::move(*at));
      at = covers_.erase(at);
      grown = true;
    }
  }
}

CoverPlan::Acknowledged CoverPlan::acknowledged(std::string_view filter, mqtt::QoS granted) {
  Acknowledged result;
  Cover* cover = find(covers_, filter);
  if (cover == nullptr) {
    return result;
  }
  cover->granted = granted;
  for (const Wanted& wanted : cover->wanted) {
    result.served.push_back(wanted.key);
  }
  std::vector<Cover> replaced = std::exchange(cover->replaced, {});
  for (Cover& old : replaced) {
    old.collect_filters(result.release);
    old.collect_wanted(cover->wanted);
  }
  // Raising the QoS replaces a cover by one of the same name.
  std::erase(result.release, cover->filter);
  return result;
}

CoverPlan::Refused CoverPlan::refused(std::string_view filter) {
  Refused result;
  // One that has been replaced meanwhile keeps its place: its successor's answer decides.
  const auto found = std::ranges::find(covers_, filter, &Cover::filter);
  if (found == covers_.end()) {
    return result;
  }
  Cover cover = std::move(*found);
  covers_.erase(found);
  for (const Wanted& wanted : cover.wanted) {
    result.unserved.push_back(wanted.key);
  }
  for (Cover& old : cover.replaced) {
    if (old.filter == cover.filter) {
      result.again = Hold{old.filter, old.qos};
    }
    covers_.push_back(std::move(old));
  }
  return result;
}

std::vector<std::string> CoverPlan::remove(const Key& key) {
  std::vector<std::string> release;
  std::erase_if(covers_, [&](Cover& cover) {
    const bool unused = cover.forget(key) && cover.serves_nothing();
    if (unused) {
      cover.collect_filters(release);
    }
    return unused;
  });
  return release;
}

CoverPlan::Cover* CoverPlan::find(std::vector<Cover>& covers, std::string_view filter) {
  for (Cover& cover : covers) {
    // The outer one of two with the same name is the one that was asked for last.
    if (cover.filter == filter) {
      return &cover;
    }
    if (Cover* inner = find(cover.replaced, filter)) {
      return inner;
    }
  }
  return nullptr;
}

bool CoverPlan::Cover::serves_nothing() const {
  return wanted.empty() && std::ranges::all_of(replaced, &Cover::serves_nothing);
}

bool CoverPlan::Cover::forget(const Key& key) {
  // A filter whose QoS was raised stands twice.
  bool found = std::erase_if(wanted, [&key](const Wanted& one) { return one.key == key; }) > 0;
  for (Cover& old : replaced) {
    found = old.forget(key) || found;
  }
  return found;
}

void CoverPlan::Cover::collect_filters(std::vector<std::string>& filters) const {
  filters.push_back(filter);
  for (const Cover& old : replaced) {
    old.collect_filters(filters);
  }
}

void CoverPlan::Cover::collect_wanted(std::vector<Wanted>& all) {
  std::ranges::move(wanted, std::back_inserter(all));
  for (Cover& old : replaced) {
    old.collect_wanted(all);
  }
}

}  // namespace lobbyd::hub
