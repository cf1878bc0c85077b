#include "tests/unit/scores/model_instance.hpp"

#include <utility>

namespace lobbyd::scores::test {
namespace {

constexpr std::int64_t unix_start_ms = 1'770'000'000'000;
constexpr std::size_t publications_at_once = 3;

}  // namespace

std::string BoardTopics::of(const Publication& publication) const {
  const TopicNames names{
      .board = "race", .period = "all", .player = publication.player, .instance = publication.instance};
  switch (publication.topic) {
    case Publication::Topic::record:
      return records_.topic(names);
    case Publication::Topic::part:
      return parts_.topic(names);
    case Publication::Topic::number:
      return numbers_.topic(names);
  }
  std::unreachable();
}

Sight BoardTopics::show(Board& board, std::string_view topic, std::string_view payload, Moment now) const {
  if (const auto record = records_.read(topic)) {
    return board.see_record(record->player, payload, now);
  }
  if (const auto part = parts_.read(topic)) {
    return board.see_part(part->player, part->instance, payload, now);
  }
  return board.see_number(numbers_.read(topic).value().player, payload, now);
}

ModelInstance::ModelInstance(BoardSettings settings, std::chrono::milliseconds skew, Schedule& schedule,
                             ModelBroker& broker, Journal& journal)
    : settings_(std::move(settings)), skew_(skew), schedule_(schedule), broker_(broker), journal_(journal) {}

void ModelInstance::connect() {
  journal_.note(name() + " connects");
  if (board_ == nullptr) {
    clock_ = std::make_unique<apps::HybridClock>();
    board_ = std::make_unique<Board>(settings_, *clock_, reader_);
  }
  board_->begin_reading();
  connection_ = broker_.connect({
      .on_message = [this](const std::string& topic, const std::string& payload) { see(topic, payload); },
      .on_retained_end =
          [this] {
            journal_.note(name() + " has read");
            board_->end_reading(now());
            set_timer();
          },
  });
}

void ModelInstance::lose_connection() {
  journal_.note(name() + " loses its connection");
  broker_.cut(std::exchange(connection_, nullptr));
  lost_ = schedule_.now();
}

void ModelInstance::kill() {
  journal_.note(name() + " is killed");
  lose_connection();
  board_ = nullptr;
}

std::optional<Outcome> ModelInstance::submit(const Submission& submission) {
  auto change = board_->submit(submission, now());
  if (!change) return std::nullopt;
  journal_.note(name() + ": " + submission.player + " submits " + std::to_string(submission.score) +
                (change->outcome.accepted ? "" : ", in vain"));
  publish(change->publications);
  set_timer();
  return change->outcome;
}

void ModelInstance::remove(const std::string& player) {
  journal_.note(name() + ": removes " + player);
  publish(board_->remove(player, now()));
  set_timer();
}

Moment ModelInstance::now() const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(schedule_.now().time_since_epoch());
  return {.steady = schedule_.now(), .unix_ms = unix_start_ms + (elapsed + skew_).count()};
}

void ModelInstance::see(const std::string& topic, const std::string& payload) {
  journal_.note(name() + " sees " + topic + " = " + payload);
  journal_.expect(topics_.show(*board_, topic, payload, now()) != Sight::ahead, "no time is far ahead");
  set_timer();
}

void ModelInstance::publish(const std::vector<Publication>& publications) {
  for (const Publication& publication : publications) {
    const std::string topic = topics_.of(publication);
    journal_.note(name() + " publishes " + topic + " = " + publication.payload);
    broker_.publish(connection_, topic, publication.payload);
  }
}

void ModelInstance::set_timer() {
  const auto due = board_->next_due(now());
  if (!due || *due >= timer_) return;
  timer_ = *due;
  schedule_.at(timer_, [this, due = timer_] {
    if (due != timer_) return;
    timer_ = TimePoint::max();
    if (!is_serving()) return;
    publish(board_->take_due(now(), publications_at_once));
    set_timer();
  });
}

}  // namespace lobbyd::scores::test
