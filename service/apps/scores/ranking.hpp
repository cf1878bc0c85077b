#pragma once

// The players of a board, by name and by rank. Each operation takes a time logarithmic in their number.

#include "service/apps/scores/player.hpp"

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/mem_fun.hpp>
#include <boost/multi_index/ranked_index.hpp>
#include <boost/multi_index_container.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::scores {

class Ranking {
 public:
  explicit Ranking(Rules rules);

  // Those with a score rank first: the better ones before the worse, of equal ones the earlier, and those without a
  // time behind them, by name. Behind all are those without a score, in the order in which they were removed.
  const Player& at(std::size_t rank) const { return *ranks().nth(rank); }
  // An iterator over them from this one on; valid until there is a change.
  auto from(std::size_t rank) const { return ranks().nth(rank); }
  std::size_t rank(const Player& player) const { return ranks().rank(ranks().iterator_to(player)); }
  // Where a player who is not there would come.
  std::size_t rank(const Standing& standing, std::string_view name) const;

  std::size_t size() const { return players_.size(); }
  std::size_t scored() const { return scored_; }
  // nullptr: there is none.
  const Player* find(std::string_view name) const;
  std::vector<std::string> names() const;

  // A new one, without a score. Players stay where they are in memory.
  const Player& add(std::string_view name);
  template <typename Change>
  void change(const Player& player, Change&& change) {
    scored_ -= player.standing().scored ? 1 : 0;
    ranks().modify(ranks().iterator_to(player), std::forward<Change>(change));
    scored_ += player.standing().scored ? 1 : 0;
  }
  void erase(const Player& player);

 private:
  struct Place {
    Standing standing;
    std::string_view name;
  };
  struct PlaceOf {
    using result_type = Place;
    Place operator()(const Player& player) const { return {player.standing(), player.name()}; }
  };
  struct Before {
    Rules rules;
    bool operator()(const Place& a, const Place& b) const;
  };
  struct NameOf {
    using result_type = std::string_view;
    std::string_view operator()(const Player& player) const { return player.name(); }
  };
  using Players = boost::multi_index_container<
      Player, boost::multi_index::indexed_by<boost::multi_index::hashed_unique<NameOf, std::hash<std::string_view>>,
                                             boost::multi_index::ranked_unique<PlaceOf, Before>>>;

  Players::nth_index<1>::type& ranks() { return players_.get<1>(); }
  const Players::nth_index<1>::type& ranks() const { return players_.get<1>(); }

  Players players_;
  std::size_t scored_ = 0;
};

}  // namespace lobbyd::scores
