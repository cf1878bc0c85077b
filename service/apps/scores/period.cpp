#include "service/apps/scores/period.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <date/date.h>
#include <date/tz.h>
#include <exception>
#include <limits>
#include <optional>
#include <utility>

namespace lobbyd::scores {
namespace {

using date::local_days;

// Years have four digits, and there is a period before and after each.
constexpr std::int64_t first_ms = 0;
constexpr std::int64_t last_ms = 253'370'764'800'000;  // 9999-01-01

std::string padded(unsigned number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.insert(0, digits - std::min(digits, text.size()), '0');
}

std::string year_text(date::year year) {
  return padded(static_cast<unsigned>(static_cast<int>(year)), 4);
}

local_days first_of_month(date::year year, date::month month) {
  return local_days(year / month / 1);
}

local_days monday_before(local_days day) {
  return day - (date::weekday(day) - date::Monday);
}

// ISO 8601: the week with January 4th.
local_days first_monday(date::year year) {
  return monday_before(local_days(year / date::January / 4));
}

// The first day of the period with this day.
local_days first_day(Reset reset, local_days day) {
  const date::year_month_day calendar(day);
  return reset == Reset::weekly    ? monday_before(day)
         : reset == Reset::monthly ? first_of_month(calendar.year(), calendar.month())
                                   : day;
}

// Of the period after the one that begins so.
local_days next_first_day(Reset reset, local_days first) {
  constexpr int more_than_a_month = 32;
  return reset == Reset::weekly    ? first + date::days(7)
         : reset == Reset::monthly ? first_day(reset, first + date::days(more_than_a_month))
                                   : first + date::days(1);
}

std::string name_of(Reset reset, local_days first) {
  if (reset == Reset::weekly) {
    // A week is in the year of its Thursday.
    const date::year year = date::year_month_day(first + date::days(3)).year();
    const auto week = (first - first_monday(year)).count() / 7 + 1;
    return year_text(year) + "-W" + padded(static_cast<unsigned>(week), 2);
  }
  const date::year_month_day calendar(first);
  const std::string month = year_text(calendar.year()) + '-' + padded(static_cast<unsigned>(calendar.month()), 2);
  return reset == Reset::monthly ? month : month + '-' + padded(static_cast<unsigned>(calendar.day()), 2);
}

std::optional<unsigned> number_in(std::string_view text, std::size_t at, std::size_t digits) {
  unsigned number = 0;
  if (text.size() < at + digits) {
    return std::nullopt;
  }
  const char* const end = text.data() + at + digits;
  const auto read = std::from_chars(text.data() + at, end, number);
  return read.ptr == end ? std::optional(number) : std::nullopt;
}

// Of what may be a name; the caller looks whether it is the name of that day's period.
std::optional<local_days> day_in(Reset reset, std::string_view name) {
  const auto year_number = number_in(name, 0, 4);
  if (!year_number) {
    return std::nullopt;
  }
  const date::year year(static_cast<int>(*year_number));
  if (reset == Reset::weekly) {
    const auto week = number_in(name, 6, 2);
    return week ? std::optional(first_monday(year) + date::days(7 * (static_cast<int>(*week) - 1))) : std::nullopt;
  }
  const auto month = number_in(name, 5, 2);
  const auto day = reset == Reset::daily ? number_in(name, 8, 2) : std::optional(1U);
  if (!month || !day) {
    return std::nullopt;
  }
  const date::year_month_day calendar(year, date::month(*month), date::day(*day));
  return calendar.ok() ? std::optional(local_days(calendar)) : std::nullopt;
}

std::string_view form(Reset reset) {
  switch (reset) {
    case Reset::never:
      return R"("all")";
    case Reset::daily:
      return R"(a day such as "2026-02-03")";
    case Reset::weekly:
      return R"(a week such as "2026-W06")";
    case Reset::monthly:
      return R"(a month such as "2026-02")";
  }
  std::unreachable();
}

}  // namespace

class TimeZone {
 public:
  // The process has its zones for ever.
  explicit TimeZone(const date::time_zone& zone) : zone_(zone) {}

  local_days day_at(std::int64_t unix_ms) const {
    const date::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(unix_ms)};
    return date::floor<date::days>(zone_.to_local(time));
  }

  Period period(Reset reset, local_days first) const {
    return {name_of(reset, first), midnight(first), midnight(next_first_day(reset, first))};
  }

 private:
  std::int64_t midnight(local_days day) const {
    const auto begin = zone_.to_sys(std::chrono::time_point_cast<std::chrono::seconds>(day), date::choose::earliest);
    return std::chrono::duration_cast<std::chrono::milliseconds>(begin.time_since_epoch()).count();
  }

  const date::time_zone& zone_;
};

std::expected<Periods, std::string> Periods::create(Reset reset, const std::string& time_zone) {
  if (reset == Reset::never) {
    return Periods(reset, nullptr);
  }
  try {
    return Periods(reset, std::make_shared<const TimeZone>(*date::locate_zone(time_zone)));
  } catch (const std::exception&) {
    return std::unexpected("the system has no time zone " + time_zone +
                           "; names are such as Europe/Berlin or UTC, and Debian has the zones in its package tzdata");
  }
}

Period Periods::at(std::int64_t unix_ms) const {
  if (reset_ == Reset::never) {
    return {"all", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
  const std::int64_t time = std::clamp(unix_ms, first_ms, last_ms);
  const local_days first = first_day(reset_, zone_->day_at(time));
  Period period = zone_->period(reset_, first);
  // Clocks that go back over midnight bring the day before once more, which is over.
  if (period.end_ms <= time) {
    period = zone_->period(reset_, next_first_day(reset_, first));
  }
  return period;
}

Period Periods::before(const Period& period) const {
  return reset_ == Reset::never ? period : at(period.begin_ms - 1);
}

std::expected<Period, api::Error> Periods::find(std::string_view name, std::int64_t now_ms) const {
  if (name.empty()) {
    return at(now_ms);
  }
  if (reset_ == Reset::never) {
    if (name == "all") {
      return at(now_ms);
    }
  } else if (name == "previous") {
    return before(at(now_ms));
  } else if (const auto day = day_in(reset_, name)) {
    Period period = zone_->period(reset_, first_day(reset_, *day));
    if (period.name == name && period.begin_ms >= at(first_ms).begin_ms && period.end_ms <= at(last_ms).end_ms) {
      return period;
    }
  }
  return std::unexpected(api::Error{api::Reason::bad_name, "the period must be " + std::string(form(reset_)) +
                                                               (reset_ == Reset::never ? "" : R"( or "previous")") +
                                                               ", not " + api::quoted_excerpt(name)});
}

bool Periods::is_kept(const Period& period, std::int64_t now_ms, std::size_t kept) const {
  Period oldest = at(now_ms);
  const std::int64_t current_end = oldest.end_ms;
  for (std::size_t count = 0; count < kept && period.begin_ms < oldest.begin_ms; ++count) {
    oldest = before(oldest);
  }
  return period.begin_ms >= oldest.begin_ms && period.begin_ms < current_end;
}

}  // namespace lobbyd::scores
