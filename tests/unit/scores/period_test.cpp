#include "service/apps/scores/period.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace lobbyd::scores {
namespace {

constexpr std::int64_t hour = 3'600'000;

Periods periods(Reset reset, const std::string& zone) {
  return Periods::create(reset, zone).value();
}

// "2026-02-03 14:30" in UTC.
std::int64_t utc(const char* text) {
  std::tm time{};
  EXPECT_EQ(
      std::sscanf(text, "%d-%d-%d %d:%d", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min), 5);
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return static_cast<std::int64_t>(timegm(&time)) * 1000;
}

TEST(Periods, WithoutResetsThereIsOne) {
  const Periods all = periods(Reset::never, "nowhere");
  const Period period = all.at(utc("2026-02-03 14:30"));
  EXPECT_EQ(period.name, "all");
  EXPECT_LT(period.begin_ms, utc("1970-01-01 00:00"));
  EXPECT_GT(period.end_ms, utc("9999-01-01 00:00"));
  EXPECT_EQ(all.before(period), period);
}

TEST(Periods, HaveNames) {
  const std::int64_t time = utc("2026-02-03 14:30");
  EXPECT_EQ(periods(Reset::daily, "UTC").at(time).name, "2026-02-03");
  EXPECT_EQ(periods(Reset::weekly, "UTC").at(time).name, "2026-W06");
  EXPECT_EQ(periods(Reset::monthly, "UTC").at(time).name, "2026-02");
}

TEST(Periods, BeginAtMidnightInTheirZone) {
  const Periods days = periods(Reset::daily, "Europe/Berlin");
  const Period day = days.at(utc("2026-02-03 14:30"));
  EXPECT_EQ(day.begin_ms, utc("2026-02-02 23:00"));
  EXPECT_EQ(day.end_ms, utc("2026-02-03 23:00"));
  EXPECT_EQ(days.at(day.begin_ms), day);
  EXPECT_EQ(days.at(day.end_ms - 1), day);
  EXPECT_EQ(days.at(day.end_ms).name, "2026-02-04");
  EXPECT_EQ(days.at(day.begin_ms - 1).name, "2026-02-02");
}

TEST(Periods, WeeksBeginOnMonday) {
  const Period week = periods(Reset::weekly, "America/New_York").at(utc("2026-02-08 12:00"));
  EXPECT_EQ(week.name, "2026-W06");
  EXPECT_EQ(week.begin_ms, utc("2026-02-02 05:00"));
  EXPECT_EQ(week.end_ms, utc("2026-02-09 05:00"));
}

TEST(Periods, AWeekIsInTheYearThatHasMostOfIt) {
  const Periods weeks = periods(Reset::weekly, "UTC");
  EXPECT_EQ(weeks.at(utc("2025-12-29 12:00")).name, "2026-W01");
  EXPECT_EQ(weeks.at(utc("2027-01-03 12:00")).name, "2026-W53");
  EXPECT_EQ(weeks.at(utc("2027-01-04 00:00")).name, "2027-W01");
  EXPECT_EQ(weeks.at(utc("2024-12-30 00:00")).name, "2025-W01");
  EXPECT_EQ(weeks.at(utc("2023-01-01 12:00")).name, "2022-W52");
}

TEST(Periods, MonthsHaveTheirLengths) {
  const Periods months = periods(Reset::monthly, "UTC");
  const Period february = months.at(utc("2024-02-29 23:59"));
  EXPECT_EQ(february.name, "2024-02");
  EXPECT_EQ(february.end_ms - february.begin_ms, hour * 24 * 29);
  EXPECT_EQ(months.at(utc("2025-12-31 23:59")).end_ms, utc("2026-01-01 00:00"));
  EXPECT_EQ(months.before(months.at(utc("2026-01-15 00:00"))).name, "2025-12");
}

TEST(Periods, DaysMayHave23Or25Hours) {
  const Periods days = periods(Reset::daily, "Europe/Berlin");
  const auto hours = [&](const char* time) {
    const Period day = days.at(utc(time));
    return (day.end_ms - day.begin_ms) / hour;
  };
  EXPECT_EQ(hours("2026-03-28 12:00"), 24);
  EXPECT_EQ(hours("2026-03-29 12:00"), 23);
  EXPECT_EQ(hours("2026-10-25 12:00"), 25);
  EXPECT_EQ(days.before(days.at(utc("2026-03-30 12:00"))).name, "2026-03-29");
}

// Clocks go from 00:00 to 01:00.
TEST(Periods, WhereThereIsNoMidnightTheDayBeginsWithItsFirstMoment) {
  const Periods days = periods(Reset::daily, "America/Santiago");
  const Period day = days.at(utc("2024-09-08 12:00"));
  EXPECT_EQ(day.name, "2024-09-08");
  EXPECT_EQ(day.begin_ms, utc("2024-09-08 04:00"));
  EXPECT_EQ(day.end_ms - day.begin_ms, 23 * hour);
  EXPECT_EQ(days.at(day.begin_ms).name, "2024-09-08");
  EXPECT_EQ(days.at(day.begin_ms - 1).name, "2024-09-07");
}

// Clocks go from 01:00 back to 00:00.
TEST(Periods, WhereMidnightComesTwiceTheDayBeginsWithTheFirst) {
  const Periods days = periods(Reset::daily, "America/Havana");
  const Period day = days.at(utc("2024-11-03 12:00"));
  EXPECT_EQ(day.begin_ms, utc("2024-11-03 04:00"));
  EXPECT_EQ(day.end_ms - day.begin_ms, 25 * hour);
  EXPECT_EQ(days.at(utc("2024-11-03 05:00")).name, "2024-11-03");
}

// Clocks went from 00:01 back to 23:01 of the day before.
TEST(Periods, ADayThatIsOverDoesNotComeBack) {
  const Periods days = periods(Reset::daily, "America/St_Johns");
  EXPECT_EQ(days.at(utc("2010-11-07 02:29")).name, "2010-11-06");
  EXPECT_EQ(days.at(utc("2010-11-07 02:30")).name, "2010-11-07") << "midnight";
  EXPECT_EQ(days.at(utc("2010-11-07 02:45")).name, "2010-11-07") << "a quarter past eleven, once more";
}

// Samoa went over the date line, and had no December 30th.
TEST(Periods, ADayThatNeverWasIsLeftOut) {
  const Periods days = periods(Reset::daily, "Pacific/Apia");
  const Period after = days.at(utc("2011-12-30 12:00"));
  EXPECT_EQ(after.name, "2011-12-31");
  EXPECT_EQ(after.begin_ms, utc("2011-12-30 10:00"));
  EXPECT_EQ(days.before(after).name, "2011-12-29");
  const auto skipped = days.find("2011-12-30", utc("2012-06-01 00:00"));
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->begin_ms, skipped->end_ms);
}

TEST(Periods, FollowEachOtherWithoutGaps) {
  std::mt19937_64 engine(11);
  for (const char* zone : {"UTC", "Europe/Berlin", "America/Santiago", "America/Havana", "America/St_Johns",
                           "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe"}) {
    for (const Reset reset : {Reset::daily, Reset::weekly, Reset::monthly}) {
      const Periods kind = periods(reset, zone);
      for (int count = 0; count < 300; ++count) {
        const auto time = static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(utc("2037-01-01 00:00")));
        const Period period = kind.at(time);
        ASSERT_LE(period.begin_ms, time) << zone;
        ASSERT_GT(period.end_ms, time) << zone;
        ASSERT_EQ(kind.at(period.begin_ms), period) << zone << ' ' << period.name;
        ASSERT_EQ(kind.at(period.end_ms - 1), period) << zone << ' ' << period.name;
        ASSERT_EQ(kind.at(period.end_ms).begin_ms, period.end_ms) << zone << ' ' << period.name;
        ASSERT_EQ(kind.find(period.name, time), period);
      }
    }
  }
}

TEST(Periods, AreFoundByWhatClientsCallThem) {
  const std::int64_t now = utc("2026-02-03 14:30");
  const Periods days = periods(Reset::daily, "UTC");
  EXPECT_EQ(days.find("", now)->name, "2026-02-03");
  EXPECT_EQ(days.find("previous", now)->name, "2026-02-02");
  EXPECT_EQ(days.find("2025-12-31", now)->name, "2025-12-31");
  EXPECT_EQ(periods(Reset::weekly, "UTC").find("previous", now)->name, "2026-W05");
  EXPECT_EQ(periods(Reset::weekly, "UTC").find("2020-W53", now)->begin_ms, utc("2020-12-28 00:00"));
  EXPECT_EQ(periods(Reset::monthly, "UTC").find("2025-12", now)->name, "2025-12");
  EXPECT_EQ(periods(Reset::never, "UTC").find("all", now)->name, "all");
  EXPECT_EQ(periods(Reset::never, "UTC").find("", now)->name, "all");
}

TEST(Periods, OtherNamesAreRefused) {
  const std::int64_t now = utc("2026-02-03 14:30");
  const auto refuses = [&](Reset reset, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto period = periods(reset, "UTC").find(name, now);
      ASSERT_FALSE(period) << name;
      EXPECT_EQ(period.error().reason, api::Reason::bad_name);
    }
  };
  refuses(Reset::never, {"previous", "2026-02-03", "2026-W06", "2026-02", "ALL", "x"});
  refuses(Reset::daily, {"all", "2026-W06", "2026-02", "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-01",
                         "2026-02-00", "2026-2-3", "26-02-03", "2026/02/03", "2026-02-03 ", " 2026-02-03",
                         "2026-02-031", "-026-02-03", "1969-12-31", "9999-12-31", "0000-00-00", "Previous"});
  refuses(Reset::weekly, {"all", "2026-02-03", "2026-02", "2026-W00", "2026-W54", "2025-W53", "2026-w06", "2026-W6",
                          "2026W06", "2026-W066"});
  refuses(Reset::monthly, {"all", "2026-00", "2026-13", "2026-2", "2026-02-03", "2026-W06", "+026-02"});
}

TEST(Periods, TheLastOnesAreKept) {
  const std::int64_t now = utc("2026-02-03 14:30");
  const Periods days = periods(Reset::daily, "UTC");
  const auto is_kept = [&](const char* name, std::size_t kept) {
    return days.is_kept(days.find(name, now).value(), now, kept);
  };
  EXPECT_TRUE(is_kept("2026-02-03", 0));
  EXPECT_FALSE(is_kept("2026-02-02", 0));
  EXPECT_TRUE(is_kept("2026-02-02", 1));
  EXPECT_TRUE(is_kept("2026-01-31", 3));
  EXPECT_FALSE(is_kept("2026-01-30", 3));
  EXPECT_FALSE(is_kept("2026-02-04", 3)) << "it has not begun";
  const Periods all = periods(Reset::never, "UTC");
  EXPECT_TRUE(all.is_kept(all.at(now), now, 0));
}

TEST(Periods, AZoneMustExist) {
  for (const char* zone : {"", "Mars/Olympus", "Europe/../Europe/Berlin", "/etc/passwd"}) {
    const auto created = Periods::create(Reset::daily, zone);
    ASSERT_FALSE(created) << zone;
    EXPECT_NE(created.error().find("time zone"), std::string::npos);
  }
}

TEST(Periods, TimesOutOfRangeAreTakenForTheNearest) {
  const Periods days = periods(Reset::daily, "UTC");
  EXPECT_EQ(days.at(std::numeric_limits<std::int64_t>::min()).name, "1970-01-01");
  EXPECT_EQ(days.at(std::numeric_limits<std::int64_t>::max()).name, "9999-01-01");
}

}  // namespace
}  // namespace lobbyd::scores
