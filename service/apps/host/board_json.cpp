#include "service/apps/host/board_json.hpp"

#include "service/apps/record_writer.hpp"

#include <algorithm>
#include <string_view>

namespace lobbyd::apps {
namespace {

constexpr std::size_t envelope = 192;

RecordWriter& append_entry(RecordWriter& writer, const scores::Entry& entry) {
  return writer.number("rank", static_cast<std::int64_t>(entry.rank))
      .text("player", entry.player)
      .json("score", scores::write_number(entry.score))
      .json("data", entry.data.empty() ? std::string_view("null") : entry.data)
      .json("time", entry.time ? std::to_string(entry.time.ms()) : "null");
}

std::string score_or_null(const std::optional<double>& score) {
  return score ? scores::write_number(*score) : "null";
}

}  // namespace

std::string write_ranks(const BoardHost::Name& name, const std::vector<scores::Entry>& entries,
                        const RanksShown& shown) {
  const std::size_t most = shown.bytes - std::min(shown.bytes, envelope + name.board.size());
  std::string list;
  std::size_t count = 0;
  for (const scores::Entry& entry : entries) {
    RecordWriter writer;
    const std::string text = append_entry(writer, entry).take();
    if (list.size() + text.size() + 1 > most) {
      break;
    }
    list += list.empty() ? "" : ",";
    list += text;
    ++count;
  }
  RecordWriter result;
  result.text("board", name.board)
      .text("period", name.period)
      .json("entries", '[' + list + ']')
      .number("total", static_cast<std::int64_t>(shown.total));
  if (shown.offset && count > 0 && *shown.offset + count < shown.total) {
    result.text("next", std::to_string(*shown.offset + count));
  }
  return result.take();
}

std::string write_entry(const BoardHost::Name& name, const scores::Entry& entry) {
  RecordWriter result;
  result.text("board", name.board).text("period", name.period);
  return append_entry(result, entry).take();
}

std::string write_outcome(const scores::Outcome& outcome) {
  RecordWriter result;
  result.json("accepted", outcome.accepted ? "true" : "false")
      .json("score", score_or_null(outcome.score))
      .json("rank", outcome.rank ? std::to_string(*outcome.rank) : "null")
      .json("previous", score_or_null(outcome.previous));
  return result.take();
}

}  // namespace lobbyd::apps
