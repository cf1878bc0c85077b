#include "service/apps/host/board_host.hpp"

#include "service/schedule/earliest.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::chrono::seconds kept_unused{60};
// Messages that repair what the broker holds, or drop it, of one turn.
constexpr std::size_t due_at_once = 500;

scores::BoardSettings settings_of(const BoardRule& rule, const std::string& instance) {
  scores::BoardSettings settings;
  static_cast<scores::Rules&>(settings.rules) = rule.rules;
  settings.rules.mirrored = rule.topic.has_value();
  settings.rules.instance = instance;
  settings.max_entries = rule.max_entries;
  return settings;
}

}  // namespace

BoardHost::BoardHost(Context& context, const BoardTopics& topics, const BoardRule& rule, Name name, OnChange on_change)
    : context_(context),
      topics_(topics),
      rule_(rule),
      name_(std::move(name)),
      on_change_(std::move(on_change)),
      board_(settings_of(rule, context.surroundings.instance), context.surroundings.clock, context.surroundings.reader),
      used_(Context::now().steady),
      feed_(context, static_cast<FeedListener&>(*this)) {
  feed_.keep(filters());
}

std::vector<std::string> BoardHost::filters() const {
  const scores::TopicNames names{.board = name_.board, .period = name_.period};
  std::vector<std::string> filters{topics_.records.filter(names)};
  if (rule_.rules.scoring == scores::Operator::sum) {
    filters.push_back(topics_.parts.filter(names));
  }
  if (rule_.topic) {
    filters.push_back(rule_.topic->filter(names));
  }
  return filters;
}

void BoardHost::use(const hub::Client* client, OnRead then) {
  used_ = Context::now().steady;
  if (read_) {
    return then(&board_);
  }
  waiting_.push_back({.client = client, .then = std::move(then), .deadline = used_ + request_time});
  context_.wake_at(waiting_.back().deadline);
}

void BoardHost::forget(const hub::Client& client) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.client == &client; });
}

// The broker ----------------------------------------------------------------------------------------------------------

void BoardHost::on_message(std::string_view topic, std::string_view payload) {
  const Moment now = Context::now();
  const auto belongs = [&](const scores::TopicNames& names) {
    return (names.board.empty() || names.board == name_.board) &&
           (names.period.empty() || names.period == name_.period);
  };
  if (const auto record = topics_.records.read(topic); record && belongs(*record)) {
    note(board_.see_record(record->player, payload, now));
  } else if (const auto part = topics_.parts.read(topic); part && belongs(*part)) {
    note(board_.see_part(part->player, part->instance, payload, now));
  } else if (const auto number = rule_.topic ? rule_.topic->read(topic) : std::nullopt; number && belongs(*number)) {
    note(board_.see_number(number->player, payload, now));
  }
  follow();
}

// Somebody has written what is no score, or by a clock that is far ahead.
void BoardHost::note(scores::Sight sight) {
  if (sight == scores::Sight::taken) {
    return;
  }
  ++ignored_;
  if (std::has_single_bit(ignored_)) {
    spdlog::warn("board \"{}\", period \"{}\": {} messages were ignored so far, of which the last {}", name_.board,
                 name_.period, ignored_,
                 sight == scores::Sight::ahead ? "comes from a clock that is more than a minute ahead" : "is no score");
  }
}

void BoardHost::on_read(bool /*forgetful*/) {
  board_.end_reading(Context::now());
  read_ = true;
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    waiting.then(&board_);
  }
  follow();
  context_.wake_at(used_ + kept_unused);
}

void BoardHost::on_unread(const api::Error& error) {
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    waiting.then(std::unexpected(error));
  }
}

void BoardHost::publish(std::vector<scores::Publication> publications, Feed::Done done) {
  std::vector<Publication> sent;
  sent.reserve(publications.size());
  std::ranges::transform(std::move(publications), std::back_inserter(sent),
                         [this](scores::Publication& each) { return to_publication(std::move(each)); });
  if (done) {
    feed_.publish_all(std::move(sent), std::move(done));
  } else {
    for (Publication& publication : sent) {
      feed_.publish(std::move(publication));
    }
  }
}

Publication BoardHost::to_publication(scores::Publication publication) const {
  const scores::TopicNames names{
      .board = name_.board, .period = name_.period, .player = publication.player, .instance = publication.instance};
  const scores::TopicTemplate& topic = publication.topic == scores::Publication::Topic::record ? topics_.records
                                       : publication.topic == scores::Publication::Topic::part ? topics_.parts
                                                                                               : *rule_.topic;
  return {.topic = topic.topic(names), .payload = std::move(publication.payload)};
}

void BoardHost::follow() {
  if (const auto rank = board_.take_changed_rank(); rank && read_) {
    on_change_(name_, *rank);
  }
  if (const auto due = board_.next_due(Context::now())) {
    context_.wake_at(*due);
  }
}

// Time ----------------------------------------------------------------------------------------------------------------

bool BoardHost::is_unused(Moment::TimePoint now) const {
  return waiting_.empty() && now - used_ >= kept_unused;
}

std::optional<Moment::TimePoint> BoardHost::next_timeout(Moment now) const {
  return earliest({used_ + kept_unused, read_ ? board_.next_due(now) : Due(), feed_.next_timeout(),
                   waiting_.empty() ? Due() : waiting_.front().deadline});
}

void BoardHost::handle_timeout(Moment now) {
  feed_.handle_timeout(now.steady);
  while (!waiting_.empty() && waiting_.front().deadline <= now.steady) {
    Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    late.then(std::unexpected(timed_out()));
  }
  if (read_) {
    publish(board_.take_due(now, due_at_once));
    follow();
  }
}

}  // namespace lobbyd::apps
