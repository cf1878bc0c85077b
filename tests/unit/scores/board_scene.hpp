#pragma once

// A board with a clock that stands still until it is moved, and words for what it shows and says.

#include "protocol/api/json_reader.hpp"
#include "service/apps/hybrid_clock.hpp"
#include "service/apps/scores/board.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::scores {

inline constexpr std::int64_t start_ms = 1'770'000'000'000;

class BoardScene : public testing::Test {
 protected:
  Moment now() const {
    return {.steady = Moment::TimePoint(std::chrono::hours(1)) + elapsed_, .unix_ms = start_ms + elapsed_.count()};
  }
  void pass(std::chrono::milliseconds time) { elapsed_ += time; }

  // Read, and empty.
  Board board(Operator scoring, BoardSettings settings = {}) {
    settings.rules.scoring = scoring;
    settings.rules.instance = "here";
    Board board(settings, clock_, reader_);
    board.begin_reading();
    board.end_reading({.steady = {}, .unix_ms = start_ms - 1});
    return board;
  }
  static BoardSettings mirrored() {
    BoardSettings settings;
    settings.rules.mirrored = true;
    return settings;
  }
  static BoardSettings limited(std::size_t max_entries) { return {.rules = {}, .max_entries = max_entries}; }
  static BoardSettings ascending() {
    BoardSettings settings;
    settings.rules.order = Order::ascending;
    return settings;
  }

  Outcome submit(Board& board, const std::string& player, double score, const std::string& data = "") {
    sent_ = {};
    auto change = board.submit({.player = player, .score = score, .data = data}, now());
    if (!change) {
      ADD_FAILURE() << change.error().message;
      return {};
    }
    sent_ = change->publications;
    return change->outcome;
  }

  // "1. ann 50, 2. bob 7"
  static std::string shown(const std::vector<Entry>& entries) {
    std::string text;
    for (const Entry& entry : entries) {
      text += (text.empty() ? "" : ", ") + std::to_string(entry.rank) + ". " + std::string(entry.player) + ' ' +
              write_number(entry.score);
    }
    return text;
  }
  static std::string shown(const Board& board) { return shown(board.top(board.total())); }

  // "record ann {…}", "part ann/there {…}", "number ann 50"
  static std::vector<std::string> said(const std::vector<Publication>& publications) {
    std::vector<std::string> texts;
    for (const Publication& publication : publications) {
      const bool part = publication.topic == Publication::Topic::part;
      const std::string kind = part ? "part " : publication.topic == Publication::Topic::number ? "number " : "record ";
      texts.push_back(kind + publication.player + (part ? "/" + publication.instance : "") + ' ' + publication.payload);
    }
    return texts;
  }
  // What it says within so much time from now on.
  std::vector<std::string> said_within(Board& board, std::chrono::milliseconds time) {
    pass(time);
    return said(board.take_due(now(), 1000));
  }
  // As if the broker had sent it back.
  void echo(Board& board, const std::vector<Publication>& publications) {
    for (const Publication& publication : publications) {
      switch (publication.topic) {
        case Publication::Topic::record:
          board.see_record(publication.player, publication.payload, now());
          break;
        case Publication::Topic::part:
          board.see_part(publication.player, publication.instance, publication.payload, now());
          break;
        case Publication::Topic::number:
          board.see_number(publication.player, publication.payload, now());
          break;
      }
    }
  }

  // A record as another instance writes it, so many milliseconds after the start.
  static std::string record(double score, std::int64_t ms, const std::string& more = "") {
    return R"({"score":)" + write_number(score) + R"(,"time":)" + std::to_string(start_ms + ms) + more + "}";
  }
  static std::string removal(std::int64_t ms) { return R"({"removed":)" + std::to_string(start_ms + ms) + "}"; }
  static std::string removed(std::int64_t ms) { return R"(,"removed":)" + std::to_string(start_ms + ms); }
  static std::string since(std::int64_t ms) { return R"(,"since":)" + std::to_string(start_ms + ms); }

  apps::HybridClock clock_;
  api::JsonReader reader_;
  std::chrono::milliseconds elapsed_{0};
  std::vector<Publication> sent_;  // by the last submission
};

// Longer than a board waits before it writes back, before it drops, and until it says again what has not come back.
inline constexpr std::chrono::milliseconds repair_time{1'200};
inline constexpr std::chrono::milliseconds drop_time{6'200};
inline constexpr std::chrono::milliseconds return_time{30'000};

}  // namespace lobbyd::scores
