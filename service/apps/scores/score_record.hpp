#pragma once

// What a board's topics hold: one record for each player, as JSON; and plain numbers where a board is mirrored for
// clients that speak MQTT to the broker. What is read here may have been written by anybody.
//
//   {"score":50,"data":{"level":3},"time":1770000000000}     a score
//   {"score":50,"time":[1770000000000,2],"removed":176…}     the third within its millisecond; an earlier one was
//   removed
//   {"removed":1770000000000}                                a tombstone
//   {"score":7,"time":1770000000000,"since":176…}            one instance's part of a sum, counted from `since` on

#include "protocol/api/json_reader.hpp"
#include "protocol/api/service_params.hpp"
#include "service/apps/hybrid_clock.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::scores {

using apps::HybridTime;

using api::max_data_bytes;
using api::max_score;
inline constexpr std::size_t max_record_bytes = 4096 + 512;
inline constexpr std::size_t max_number_bytes = 64;

// The default one is what an empty topic holds.
struct Record {
  double score = 0;         // finite, at most `max_score` from zero
  HybridTime time = {};     // of the score; none: there is no score
  HybridTime removed = {};  // what is not newer does not count; none: nothing was removed
  HybridTime since = {};    // of a part of a sum: the time of the first score in it
  std::string data = {};    // compact JSON; empty: none

  bool has_score() const { return static_cast<bool>(time); }
  bool operator==(const Record&) const = default;
};

// Empty: it is no record. Members that are not known here are ignored.
std::optional<Record> read_record(api::JsonReader& reader, std::string_view payload);
// Empty for the default record.
std::string write_record(const Record& record);

// A number as people and programs write them, with spaces and ends of lines around it. Empty: it is none that can be a
// score.
std::optional<double> read_number(std::string_view payload);
std::string write_number(double score);

}  // namespace lobbyd::scores
