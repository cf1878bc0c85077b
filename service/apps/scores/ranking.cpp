#include "service/apps/scores/ranking.hpp"

#include <boost/tuple/tuple.hpp>

#include <cstdint>
#include <limits>

namespace lobbyd::scores {
namespace {

// None comes last.
HybridTime order_of(HybridTime time) {
  return time ? time : HybridTime(HybridTime::latest_ms, std::numeric_limits<std::uint16_t>::max());
}

}  // namespace

bool Ranking::Before::operator()(const Place& a, const Place& b) const {
  const Standing& left = a.standing;
  const Standing& right = b.standing;
  if (left.scored != right.scored) {
    return left.scored;
  }
  if (left.score != right.score) {
    return rules.better(left.score, right.score);
  }
  if (left.time != right.time) {
    return order_of(left.time) < order_of(right.time);
  }
  return a.name < b.name;
}

Ranking::Ranking(Rules rules)
    : players_(
          boost::make_tuple(Players::nth_index<0>::type::ctor_args{}, boost::make_tuple(PlaceOf{}, Before{rules}))) {}

std::size_t Ranking::rank(const Standing& standing, std::string_view name) const {
  return ranks().lower_bound_rank(Place{standing, name});
}

const Player* Ranking::find(std::string_view name) const {
  const auto found = players_.find(name);
  return found == players_.end() ? nullptr : &*found;
}

std::vector<std::string> Ranking::names() const {
  std::vector<std::string> names;
  names.reserve(players_.size());
  for (const Player& player : players_) {
    names.push_back(player.name());
  }
  return names;
}

const Player& Ranking::add(std::string_view name) {
  return *players_.emplace(std::string(name)).first;
}

void Ranking::erase(const Player& player) {
  scored_ -= player.standing().scored ? 1 : 0;
  ranks().erase(ranks().iterator_to(player));
}

}  // namespace lobbyd::scores
