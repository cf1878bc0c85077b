#include "service/hub/subscriptions.hpp"

#include "protocol/mqtt/topic.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

std::vector<Member>::iterator member_of(Filter& filter, const Client& client) {
  return std::ranges::find(filter.members, &client, &Member::client);
}

}  // namespace

bool Subscriptions::holds(const Client& client, std::string_view filter) const {
  return std::ranges::find(client.filters, filter, &Filter::text) != client.filters.end();
}

void Subscriptions::add(Client& client, const std::string& text, Member member, UpstreamFilters::Granted granted) {
  Filter& filter = enter(text);
  member.client = &client;
  member.since = ++subscribes_;
  no_local_members_ += member.no_local ? 1 : 0;
  if (holds(client, text)) {
    Member& held = *member_of(filter, client);
    no_local_members_ -= held.no_local ? 1 : 0;
    // Its place among those that serve the client stays.
    member.since = held.since;
    held = member;
  } else {
    filter.members.push_back(member);
    client.filters.push_back(&filter);
  }
  upstream_.want(text, member.qos, std::move(granted));
}

bool Subscriptions::remove(Client& client, std::string_view text) {
  const auto found = std::ranges::find(client.filters, text, &Filter::text);
  if (found == client.filters.end()) {
    return false;
  }
  Filter& filter = **found;
  *found = client.filters.back();
  client.filters.pop_back();
  leave(filter, client);
  return true;
}

void Subscriptions::remove_all(Client& client) {
  for (Filter* filter : std::exchange(client.filters, {})) {
    leave(*filter, client);
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

void Subscriptions::leave(Filter& filter, Client& client) {
  const auto member = member_of(filter, client);
  no_local_members_ -= member->no_local ? 1 : 0;
  *member = filter.members.back();
  filter.members.pop_back();
  if (filter.members.empty()) {
    tree_.erase(filter.topic_filter, &filter);
    upstream_.unwant(filter.text);
    filters_.erase(filters_.find(filter.text));
  }
}

}  // namespace lobbyd::hub
