#include "service/hub/fan_out.hpp"

#include "service/hub/client.hpp"

#include <algorithm>

namespace lobbyd::hub {

namespace {

bool is_named(const Filter& filter, std::span<const std::uint32_t> ids) {
  return ids.empty() || std::ranges::find(ids, filter.id) != ids.end();
}

bool serves_before(const Member& one, const Member& other) {
  return one.qos != other.qos ? one.qos > other.qos : one.since < other.since;
}

bool is_own(const Member& member, const Client* origin) {
  return member.no_local && origin != nullptr && member.client == origin;
}

}  // namespace

std::span<const Target> FanOut::select(std::span<Filter* const> matched, std::span<const std::uint32_t> ids,
                                       const Client* origin, Audience audience) {
  for_services_ = audience == Audience::services;
  targets_.clear();
  choices_.clear();
  ++round_;
  for (Filter* filter : matched) {
    if (!filter->shared) {
      consider(*filter, is_named(*filter, ids), origin);
    }
  }
  for (const Choice& choice : choices_) {
    if (choice.named) {
      targets_.push_back(choice.target);
    }
  }
  for (Filter* filter : matched) {
    if (filter->shared && is_named(*filter, ids)) {
      pick_one(*filter, origin);
    }
  }
  return targets_;
}

void FanOut::consider(const Filter& filter, bool named, const Client* origin) {
  for (const Member& member : filter.members) {
    if (is_own(member, origin) || member.client->is_service != for_services_) {
      continue;
    }
    auto& [round, index] = member.client->fan_out;
    if (round != round_) {
      round = round_;
      index = choices_.size();
      choices_.push_back({{member.client, &member, &filter}, named});
    } else if (serves_before(member, *choices_[index].target.member)) {
      choices_[index] = {{member.client, &member, &filter}, named};
    }
  }
}

void FanOut::pick_one(Filter& filter, const Client* origin) {
  for (std::size_t tried = 0; tried < filter.members.size(); ++tried) {
    filter.turn = (filter.turn + 1) % filter.members.size();
    const Member& member = filter.members[filter.turn];
    if (!is_own(member, origin) && member.client->is_service == for_services_) {
      targets_.push_back({member.client, &member, &filter});
      return;
    }
  }
}

}  // namespace lobbyd::hub
