#include "service/hub/reading_again.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lobbyd::hub {

namespace {

// Of one request, that those of clients who come now need not wait long.
constexpr std::size_t filters_at_once = 1'000;

bool wants_copies(const Filter& filter, const Client& client) {
  const auto member = std::ranges::find(filter.members, &client, &Member::client);
  return !filter.shared && member != filter.members.end() && member->retained;
}

}  // namespace

std::shared_ptr<Expiring> ReadingAgain::start() {
  reader_.forget(this, clock_());
  while (!held_.empty()) {
    release(held_.begin()->first);
  }
  waiting_.clear();
  done_.clear();
  hold_all();
  patience_ = std::make_shared<Patience>(*this);
  read_next();
  return patience_;
}

void ReadingAgain::hold_all() {
  subscriptions_.for_each([this](const Filter& filter) {
    for (const Member& member : filter.members) {
      if (filter.shared || !member.retained || held_.contains(member.client)) {
        continue;
      }
      // What is held back for others is older than the copies that will come.
      member.client->flush();
      held_.emplace(member.client, Held{member.client->shared_from_this(), member.client->hold_back.begin()});
      waiting_.push_back(member.client);
    }
  });
}

void ReadingAgain::read_next() {
  std::vector<std::string> filters;
  served_.clear();
  asked_.clear();
  while (!waiting_.empty() && filters.size() < filters_at_once) {
    const auto held = held_.find(waiting_.front());
    waiting_.pop_front();
    if (held != held_.end()) {
      collect(*held->second.client, filters);
      served_.push_back(held->first);
    }
  }
  if (!filters.empty()) {
    reader_.request(this, std::move(filters), clock_(), [this](const RetainedSet& set) { on_retained(set); });
    return;
  }
  // All that these hold has been read for others, or they hold nothing any more.
  for (const Client* client : std::exchange(served_, {})) {
    release(client);
  }
  patience_.reset();
}

void ReadingAgain::collect(const Client& client, std::vector<std::string>& filters) {
  for (const auto& [filter, place] : client.filters) {
    if (!done_.contains(filter->id) && wants_copies(*filter, client)) {
      done_.insert(filter->id);
      asked_.insert(filter->id);
      filters.push_back(filter->topic_filter);
    }
  }
}

void ReadingAgain::on_retained(const RetainedSet& set) {
  for (const MessagePtr& copy : set.messages) {
    deliver(copy);
  }
  for (const Client* client : std::exchange(served_, {})) {
    release(client);
  }
  read_next();
}

// Each client gets it by the filter that serves it, of all that match: so once, whichever read brings it first.
void ReadingAgain::deliver(const MessagePtr& copy) {
  matched_.clear();
  std::ranges::copy_if(subscriptions_.match(copy->topic()), std::back_inserter(matched_),
                       [](const Filter* filter) { return !filter->shared; });
  for (const Target& target : fan_out_.select(matched_, {}, nullptr)) {
    const auto held = held_.find(target.client);
    if (held != held_.end() && target.member->retained && asked_.contains(target.filter->id) &&
        !target.client->hold_back.outdated(copy->topic(), held->second.since)) {
      target.client->receiver->deliver(
          {.message = copy, .qos = copy->qos(), .retained = true, .mode = target.member->mode, .filter = {}});
    }
  }
}

void ReadingAgain::release(const Client* client) {
  const auto held = held_.extract(client);
  if (!held) {
    return;
  }
  Client& released = *held.mapped().client;
  released.hold_back.end();
  if (!released.hold_back.active()) {
    released.flush();
  }
}

void ReadingAgain::hold_no_longer() {
  for (const auto& [key, held] : held_) {
    held.client->hold_back.open();
    held.client->flush();
  }
}

}  // namespace lobbyd::hub
