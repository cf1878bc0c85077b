#include "tests/unit/simulation/virtual_network.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::simulation {
namespace {

constexpr Duration healed_delay{5};

}  // namespace

LinkId VirtualNetwork::connect() {
  const LinkId link = links_.size();
  Link& made = links_.emplace_back();
  for (Way& way : made.ways) way.delay = dice_.up_to(base_delay_);
  if (!is_passable_) swallow(link, Side::client);
  transmit(link, Side::client, [this, link] { accept(link); });
  return link;
}

void VirtualNetwork::accept(LinkId link) {
  if (!is_listening_) return transmit(link, Side::broker, [this, link] { end(link, Side::client); });
  transmit(link, Side::broker, [this, link] {
    if (!links_[link].is_over[index(Side::client)]) events_[index(Side::client)]->on_open(link);
  });
  events_[index(Side::broker)]->on_open(link);
}

void VirtualNetwork::send(LinkId link, Side from, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = dice_.one_in(2) ? bytes.size() : 1 + dice_.below(static_cast<unsigned>(bytes.size()));
    transmit(link, from,
             [this, link, from, piece = std::string(bytes.substr(0, size))] { deliver(link, other(from), piece); });
    bytes.remove_prefix(size);
  }
}

void VirtualNetwork::close(LinkId link, Side by) {
  links_[link].is_over[index(by)] = true;
  transmit(link, by, [this, link, by] { end(link, other(by)); });
}

void VirtualNetwork::transmit(LinkId link, Side from, Schedule::Action arrival) {
  Way& way = links_[link].ways[index(from)];
  if (way.swallows) return;
  way.last_arrival = std::max(way.last_arrival, schedule_.now() + way.delay + dice_.up_to(added_delay_));
  schedule_.at(way.last_arrival, std::move(arrival));
}

void VirtualNetwork::deliver(LinkId link, Side to, std::string_view bytes) {
  if (!links_[link].is_over[index(to)]) events_[index(to)]->on_bytes(link, bytes);
}

void VirtualNetwork::end(LinkId link, Side side) {
  if (!std::exchange(links_[link].is_over[index(side)], true)) events_[index(side)]->on_end(link);
}

void VirtualNetwork::cut(LinkId link, Duration until_the_client_knows, Duration until_the_broker_knows) {
  swallow(link, Side::client);
  swallow(link, Side::broker);
  schedule_.after(until_the_client_knows, [this, link] { end(link, Side::client); });
  schedule_.after(until_the_broker_knows, [this, link] { end(link, Side::broker); });
}

void VirtualNetwork::swallow(LinkId link, Side from) {
  links_[link].ways[index(from)].swallows = true;
}

bool VirtualNetwork::is_whole(LinkId link) const {
  return std::ranges::none_of(links_[link].ways, &Way::swallows) &&
         std::ranges::none_of(links_[link].is_over, [](bool over) { return over; });
}

void VirtualNetwork::vanish(LinkId link, Side side) {
  links_[link].is_over[index(side)] = true;
  swallow(link, side);
}

void VirtualNetwork::heal() {
  is_listening_ = true;
  is_passable_ = true;
  set_delays(healed_delay, healed_delay);
  for (Link& link : links_) {
    for (Way& way : link.ways) way.delay = std::min(way.delay, healed_delay);
  }
}

}  // namespace lobbyd::simulation
