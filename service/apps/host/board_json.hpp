#pragma once

// Boards as clients see them. Pure.

#include "service/apps/host/board_host.hpp"
#include "service/apps/scores/board.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lobbyd::apps {

struct RanksShown {
  std::size_t total{};
  std::optional<std::size_t> offset;  // of the first entry, where there may be a next page
  std::size_t bytes{};                // of the whole text; entries beyond are on the next page
};

// {board, period, entries: [{rank, player, score, data, time}], total, next?}
std::string write_ranks(const BoardHost::Name& name, const std::vector<scores::Entry>& entries,
                        const RanksShown& shown);
// {board, period, rank, player, score, data, time}
std::string write_entry(const BoardHost::Name& name, const scores::Entry& entry);
// {accepted, score, rank, previous}
std::string write_outcome(const scores::Outcome& outcome);

}  // namespace lobbyd::apps
