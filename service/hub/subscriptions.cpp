#include "service/hub/subscriptions.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>

namespace lobbyd::hub {

const HeldFilter* Subscriptions::held(const Client& client, std::string_view text) const {
  const auto filter = filters_.find(text);
  if (filter == filters_.end()) {
    return nullptr;
  }
  const auto found = std::ranges::find(client.filters, filter->second.get(), &HeldFilter::filter);
  return found == client.filters.end() ? nullptr : &*found;
}

bool Subscriptions::holds(const Client& client, std::string_view filter) const {
  return held(client, filter) != nullptr;
}

void Subscriptions::add(Client& client, const std::string& text, Member member, UpstreamFilters::Granted granted) {
  Filter& filter = enter(text);
  member.client = &client;
  member.since = ++subscribes_;
  no_local_members_ += member.no_local ? 1 : 0;
  if (const HeldFilter* const before = held(client, text)) {
    Member& present = filter.members[before->member];
    no_local_members_ -= present.no_local ? 1 : 0;
    // Its place among those that serve the client stays.
    member.since = present.since;
    member.held_at = present.held_at;
    present = member;
  } else {
    member.held_at = client.filters.size();
    client.filters.push_back({&filter, filter.members.size()});
    filter.members.push_back(member);
  }
  upstream_.want(text, member.qos, std::move(granted));
}

bool Subscriptions::remove(Client& client, std::string_view text) {
  const HeldFilter* const found = held(client, text);
  if (found == nullptr) {
    return false;
  }
  const HeldFilter gone = *found;
  const std::size_t place = gone.filter->members[gone.member].held_at;
  const HeldFilter& last = client.filters.back();
  last.filter->members[last.member].held_at = place;
  client.filters[place] = last;
  client.filters.pop_back();
  leave(gone);
  return true;
}

void Subscriptions::remove_all(Client& client) {
  while (!client.filters.empty()) {
    const HeldFilter gone = client.filters.back();
    client.filters.pop_back();
    leave(gone);
  }
}

const std::vector<Filter*>& Subscriptions::match(std::string_view topic) {
  matched_.clear();
  tree_.match(topic, matched_);
  return matched_;
}

bool Subscriptions::needs_origin(std::string_view topic) {
  return no_local_members_ > 0 && std::ranges::any_of(match(topic), [](const Filter* filter) {
           return std::ranges::any_of(filter->members, &Member::no_local);
         });
}

void Subscriptions::for_each(const std::function<void(const Filter&)>& visit) const {
  for (const auto& [text, filter] : filters_) {
    visit(*filter);
  }
}

Filter& Subscriptions::enter(const std::string& text) {
  std::unique_ptr<Filter>& filter = filters_[text];
  const bool fresh = !filter;
  if (fresh) {
    const auto shared = mqtt::parse_shared(text);
    filter = std::make_unique<Filter>();
    filter->text = text;
    filter->name = std::make_shared<const std::string>(text);
    filter->topic_filter = shared ? std::string(shared->filter) : text;
    filter->shared = shared.has_value();
    tree_.insert(filter->topic_filter, filter.get());
  }
  filter->id = upstream_.enter(text, filter->topic_filter, filter->shared);
  return *filter;
}

// The client's own list no longer names it.
void Subscriptions::leave(const HeldFilter& gone) {
  Filter& filter = *gone.filter;
  no_local_members_ -= filter.members[gone.member].no_local ? 1 : 0;
  if (gone.member + 1 != filter.members.size()) {
    Member& moved = filter.members[gone.member] = filter.members.back();
    moved.client->filters[moved.held_at].member = gone.member;
  }
  filter.members.pop_back();
  if (filter.members.empty()) {
    tree_.erase(filter.topic_filter, &filter);
    const auto node = filters_.extract(filters_.find(filter.text));
    upstream_.unwant(node.key());
  }
}

}  // namespace lobbyd::hub
