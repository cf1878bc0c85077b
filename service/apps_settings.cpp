#include "service/apps_settings.hpp"

#include <utility>

namespace lobbyd {

namespace {

scores::Operator to_scores(config::BoardOperator scoring) {
  switch (scoring) {
    case config::BoardOperator::last:
      return scores::Operator::last;
    case config::BoardOperator::sum:
      return scores::Operator::sum;
    case config::BoardOperator::best:
      break;
  }
  return scores::Operator::best;
}

scores::Reset to_scores(config::BoardReset reset) {
  switch (reset) {
    case config::BoardReset::daily:
      return scores::Reset::daily;
    case config::BoardReset::weekly:
      return scores::Reset::weekly;
    case config::BoardReset::monthly:
      return scores::Reset::monthly;
    case config::BoardReset::never:
      break;
  }
  return scores::Reset::never;
}

std::expected<apps::BoardRule, config::Problem> board_rule(const config::Board& board) {
  const auto wrong = [&](std::string key, std::string why) {
    return std::unexpected(config::Problem{
        .source = "[[boards]] \"" + board.name + "\"", .key = std::move(key), .message = std::move(why)});
  };
  auto periods = scores::Periods::create(to_scores(board.reset), board.time_zone);
  if (!periods) {
    return wrong("boards.time_zone", periods.error());
  }
  apps::BoardRule rule{.name = board.name,
                       .rules = {.scoring = to_scores(board.scoring),
                                 .order = board.order == config::BoardOrder::ascending ? scores::Order::ascending
                                                                                       : scores::Order::descending},
                       .needs_right = board.submit == config::BoardSubmit::right,
                       .periods = *std::move(periods),
                       .topic = std::nullopt,
                       .max_entries = board.max_entries,
                       .keep_periods = board.keep_periods};
  if (!board.topic.empty()) {
    auto topic = scores::TopicTemplate::parse(board.topic);
    if (!topic) {
      return wrong("boards.topic", topic.error());
    }
    if (!topic->has(scores::TopicTemplate::Place::board) && board.name.contains('*')) {
      return wrong("boards.topic", "must hold {board}, since the name is a pattern");
    }
    rule.topic = *std::move(topic);
  }
  return rule;
}

apps::IceServer ice_server(const config::Ice& ice) {
  apps::IceServer server{
      .urls = ice.urls, .username = ice.username, .credential = ice.credential, .secrets = {}, .ttl = ice.ttl};
  for (const std::string& secret : {ice.secret, ice.old_secret}) {
    if (!secret.empty()) {
      server.secrets.push_back(secret);
    }
  }
  return server;
}

}  // namespace

std::expected<apps::AppsSettings, config::Problem> apps_settings(const config::Config& config) {
  apps::AppsSettings settings;
  settings.presence.offline_expiry = config.presence.offline_expiry.value;
  settings.presence.max_watched = config.presence.max_watched;
  settings.rooms.room.history = config.rooms.history;
  settings.rooms.room.history_expiry = config.rooms.history_expiry.value;
  settings.rooms.room.max_members = config.rooms.max_members;
  const std::vector<config::Board> boards = config.boards.empty() ? std::vector{config::Board()} : config.boards;
  for (const config::Board& board : boards) {
    auto rule = board_rule(board);
    if (!rule) {
      return std::unexpected(std::move(rule.error()));
    }
    settings.boards.rules.push_back(*std::move(rule));
  }
  for (const config::Ice& ice : config.ice) {
    settings.signals.ice.push_back(ice_server(ice));
  }
  return settings;
}

std::vector<std::string> shared_filters(const apps::AppsSettings& settings) {
  std::vector<std::string> filters;
  for (const apps::BoardRule& rule : settings.boards.rules) {
    if (rule.topic) {
      // A pattern is no level of a filter: all that any board may have is closed.
      const bool is_plain = !rule.name.contains('*');
      filters.push_back(rule.topic->filter({.board = is_plain ? std::string_view(rule.name) : std::string_view()}));
    }
  }
  return filters;
}

}  // namespace lobbyd
