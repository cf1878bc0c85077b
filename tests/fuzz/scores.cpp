// What anybody may have written to a board's topics, what operators write as templates, and what clients call periods:
// what is taken is within its bounds, and comes back as it was.

#include "protocol/api/json_reader.hpp"
#include "service/apps/scores/board.hpp"
#include "service/apps/scores/period.hpp"
#include "service/apps/scores/score_record.hpp"
#include "service/apps/scores/topic_template.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace lobbyd;
using namespace lobbyd::scores;

constexpr std::int64_t now_ms = 1'770'000'000'000;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_record(api::JsonReader& reader, std::string_view text) {
  if (const auto record = read_record(reader, text)) {
    require(std::abs(record->score) <= max_score && record->data.size() <= max_data_bytes);
    require(read_record(reader, write_record(*record)) == record);
  }
  if (const auto number = read_number(text)) {
    require(std::abs(*number) <= max_score);
    require(read_number(write_number(*number)) == number);
  }
}

void check_board(api::JsonReader& reader, Operator scoring, std::string_view text) {
  apps::HybridClock clock;
  BoardSettings settings;
  settings.rules = {{.scoring = scoring}, scoring != Operator::sum, "here"};
  Board board(settings, clock, reader);
  const Moment now{.steady = {}, .unix_ms = now_ms};
  board.begin_reading();
  board.see_record("ann", text, now);
  scoring == Operator::sum ? board.see_part("ann", "there", text, now) : board.see_number("ann", text, now);
  board.end_reading(now);
  for (const Entry& entry : board.top(10)) {
    require(std::abs(entry.score) <= max_score && entry.player == "ann");
  }
  require(board.submit({.player = "ann", .score = 0}, now).has_value());
}

void check_template(std::string_view text) {
  if (const auto topics = TopicTemplate::parse(text)) {
    TopicNames names{.player = "ann"};
    names.board = topics->has(TopicTemplate::Place::board) ? "race" : "";
    names.period = topics->has(TopicTemplate::Place::period) ? "all" : "";
    require(topics->read(topics->topic(names)) == names);
  }
  static const TopicTemplate records = TopicTemplate::of_records("lobby/");
  if (const auto names = records.read(text)) {
    require(records.topic(*names) == text);
  }
}

void check_period(Reset reset, std::string_view text) {
  const Periods periods = Periods::create(reset, "Europe/Berlin").value();
  if (const auto period = periods.find(text, now_ms); period && period->begin_ms < period->end_ms) {
    require(periods.at(period->begin_ms).name == period->name);
    require(periods.at(period->end_ms - 1).name == period->name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static api::JsonReader reader;
  check_record(reader, text);
  check_template(text);
  for (const Operator scoring : {Operator::best, Operator::last, Operator::sum}) {
    check_board(reader, scoring, text);
  }
  for (const Reset reset : {Reset::never, Reset::daily, Reset::weekly, Reset::monthly}) {
    check_period(reset, text);
  }
  return 0;
}
