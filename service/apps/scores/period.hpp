#pragma once

// When a board is reset: its periods, each with a name. They begin at a time zone's midnight; where that does not
// exist, since the clocks go forward then, at the first moment of the day, and where it comes twice, at the first time.
// So a day may have 23 or 25 hours. Pure; time is a parameter. The zones are the system's (package tzdata).

#include "protocol/api/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lobbyd::scores {

enum class Reset : std::uint8_t { never, daily, weekly, monthly };

// "2026-02-03", "2026-W06" (ISO 8601: from Monday on, and in the year that has most of its days), "2026-02" or "all".
struct Period {
  std::string name;
  std::int64_t begin_ms = 0;  // Unix time
  std::int64_t end_ms = 0;    // the next one's begin

  bool operator==(const Period&) const = default;
};

class TimeZone;

class Periods {
 public:
  // `time_zone` is a name of IANA's, such as "Europe/Berlin". The error is a sentence in plain English.
  static std::expected<Periods, std::string> create(Reset reset, const std::string& time_zone);

  // That of a time, which may be in 1970 to 9998; else the nearest.
  Period at(std::int64_t unix_ms) const;
  // A day that a zone has skipped is none.
  Period before(const Period& period) const;
  // What a client calls it: by its name, "previous", or nothing for the current one. The error is bad_name.
  std::expected<Period, api::Error> find(std::string_view name, std::int64_t now_ms) const;
  // Whether it is the current one, or one of so many before it.
  bool is_kept(const Period& period, std::int64_t now_ms, std::size_t kept) const;

 private:
  Periods(Reset reset, std::shared_ptr<const TimeZone> zone) : reset_(reset), zone_(std::move(zone)) {}

  Reset reset_;
  std::shared_ptr<const TimeZone> zone_;  // null for `never`
};

}  // namespace lobbyd::scores
