#pragma once

// A daemon with one board on a model of a broker. It may be killed, or lose its connection.

#include "protocol/api/json_reader.hpp"
#include "service/apps/hybrid_clock.hpp"
#include "service/apps/scores/board.hpp"
#include "service/apps/scores/topic_template.hpp"
#include "tests/unit/scores/model_broker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::scores::test {

// Where all of them keep the one board.
class BoardTopics {
 public:
  std::string of(const Publication& publication) const;
  std::string record(std::string_view player) const { return of({.player = std::string(player)}); }
  std::string number(std::string_view player) const {
    return of({.topic = Publication::Topic::number, .player = std::string(player)});
  }
  // Gives a topic's payload to the board.
  Sight show(Board& board, std::string_view topic, std::string_view payload, Moment now) const;

 private:
  TopicTemplate records_ = TopicTemplate::of_records("lobby/");
  TopicTemplate parts_ = TopicTemplate::of_parts("lobby/");
  TopicTemplate numbers_ = TopicTemplate::parse("{board}/{player}/score").value();
};

class ModelInstance {
 public:
  // `skew`: how far its clock is ahead.
  ModelInstance(BoardSettings settings, std::chrono::milliseconds skew, Schedule& schedule, ModelBroker& broker,
                Journal& journal);
  ModelInstance(const ModelInstance&) = delete;
  ModelInstance& operator=(const ModelInstance&) = delete;

  // Begins its life, or ends a break of its connection.
  void connect();
  void lose_connection();
  // With all that it knows.
  void kill();

  bool is_connected() const { return connection_ != nullptr; }
  // All of its former connection has arrived.
  bool can_connect() const { return connection_ == nullptr && schedule_.now() > lost_ + ModelBroker::longest_way; }
  // Read, and in use.
  bool is_serving() const { return is_connected() && board_ != nullptr && !board_->is_reading(); }
  // While it serves.
  std::optional<Outcome> submit(const Submission& submission);
  void remove(const std::string& player);

  const Board& board() const { return *board_; }
  Moment now() const;
  const std::string& name() const { return settings_.rules.instance; }

 private:
  void see(const std::string& topic, const std::string& payload);
  void publish(const std::vector<Publication>& publications);
  void set_timer();

  BoardSettings settings_;
  std::chrono::milliseconds skew_;
  Schedule& schedule_;
  ModelBroker& broker_;
  Journal& journal_;
  BoardTopics topics_;
  std::unique_ptr<apps::HybridClock> clock_;
  api::JsonReader reader_;
  std::unique_ptr<Board> board_;
  ModelBroker::Handle connection_;
  TimePoint timer_ = TimePoint::max();
  TimePoint lost_{};
};

}  // namespace lobbyd::scores::test
