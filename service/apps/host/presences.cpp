#include "service/apps/host/presences.hpp"

#include "service/apps/host/results.hpp"
#include "service/hub/client.hpp"
#include "service/schedule/earliest.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace lobbyd::apps {
namespace {

// Of a result, besides the players.
constexpr std::size_t envelope = 128;

PageLimits page_limits(const Caller& caller) {
  return {.entries = api::max_page_entries, .bytes = caller.result_bytes - std::min(caller.result_bytes, envelope)};
}

std::vector<std::string> sorted(std::vector<std::string> players) {
  std::ranges::sort(players);
  const auto twins = std::ranges::unique(players);
  players.erase(twins.begin(), twins.end());
  return players;
}

std::expected<std::string, api::Error> to_result(const std::expected<Page, api::Error>& page) {
  return page ? std::expected<std::string, api::Error>(write_list("players", *page)) : std::unexpected(page.error());
}

}  // namespace

Presences::Presences(Context& context, Presence::Settings settings)
    : context_(context),
      settings_(settings),
      presence_(context.surroundings, settings),
      feed_(context, static_cast<FeedListener&>(*this)) {}

// Methods -------------------------------------------------------------------------------------------------------------

void Presences::carry_out(hub::Client& client, api::PresenceSetParams params, const Caller& /*caller*/, Answer answer) {
  for (const std::string& name : {client.user, client.id}) {
    if (auto possible = context_.hub.check_level(name); !possible) {
      return answer(std::unexpected(std::move(possible.error())));
    }
  }
  PresenceOutput out;
  presence_.set({.client_id = client.id,
                 .player = client.user,
                 .status = std::move(params.status),
                 .data = std::move(params.data)},
                Context::now(), out);
  context_.renew_wills(client);
  settle(std::move(out), answer_empty(std::move(answer)));
}

void Presences::carry_out(hub::Client& /*client*/, const api::PresenceGetParams& params, const Caller& caller,
                          Answer answer) {
  std::vector<std::string> players = sorted(params.players);
  std::vector<std::string> filters;
  std::ranges::transform(players, std::back_inserter(filters),
                         [this](const std::string& player) { return presence_.topics().player(player); });
  feed_.look(std::move(filters), [this, players = std::move(players), cursor = params.cursor, caller,
                                  answer = std::move(answer)](const auto& result) mutable {
    if (!result) {
      return answer(std::unexpected(result.error()));
    }
    if (result->complete == api::Completeness::truncated) {
      return answer(std::unexpected(not_whole()));
    }
    PresenceTable table(settings_.offline_expiry);
    for (const hub::MessagePtr& message : result->messages) {
      const auto topic = parse_presence_topic(context_.surroundings.prefix, message->topic());
      if (topic && topic->client.empty()) {
        table.put_last_seen(topic->player, read_last_seen(context_.surroundings.reader, message->payload()));
      } else if (topic) {
        table.put(*topic, read_presence(context_.surroundings.reader, message->payload()));
      }
    }
    answer(to_result(table.page(players, cursor, page_limits(caller), Context::now().unix_ms)));
  });
}

void Presences::carry_out(hub::Client& client, const api::PresenceWatchParams& params, const Caller& caller,
                          Answer answer) {
  std::vector<std::string> filters;
  PresenceOutput out;
  const Beginning wanted{.all = params.all, .players = {params.players.begin(), params.players.end()}};
  const Beginning is_new = without(wanted, presence_.watches_all(client.id), presence_.watched_by(client.id));
  if (params.all) {
    if (!caller.rights.presence_all) {
      return answer(std::unexpected(
          api::Error{api::Reason::forbidden, R"(to watch everybody takes a token with the right "presence_all")"}));
    }
    presence_.watch_all(client.id, out);
    filters.push_back(presence_.topics().everybody());
  } else {
    if (const auto watched = presence_.watch(client.id, wanted.players, out); !watched) {
      return answer(std::unexpected(watched.error()));
    }
    std::ranges::transform(sorted(params.players), std::back_inserter(filters),
                           [this](const std::string& player) { return presence_.topics().player(player); });
  }
  // Those that others watch already are read again: theirs may not have come yet.
  const auto beginning = beginning_.emplace(client.id, wanted);
  feed_.add(filters, [this, beginning, is_new, params, caller, answer = std::move(answer)](const auto& read) mutable {
    const std::string client_id = beginning->first;
    beginning_.erase(beginning);
    if (read) {
      return answer_watch(params, caller, answer);
    }
    give_up(client_id, is_new);
    answer(std::unexpected(read.error()));
  });
}

// What was refused is not watched, but for what another request has begun to watch meanwhile.
void Presences::give_up(const std::string& client_id, Beginning watched) {
  const auto [first, last] = beginning_.equal_range(client_id);
  for (const auto& [name, other] : std::ranges::subrange(first, last)) {
    watched = without(watched, other.all, other.players);
  }
  PresenceOutput out;
  presence_.unwatch(client_id, watched.players, out);
  if (watched.all) {
    presence_.unwatch_all(client_id, out);
  }
  settle(std::move(out));
}

Presences::Beginning Presences::without(Beginning watched, bool all, const Presence::Names& players) {
  watched.all = watched.all && !all;
  std::erase_if(watched.players, [&](const std::string& player) { return players.contains(player); });
  return watched;
}

void Presences::answer_watch(const api::PresenceWatchParams& params, const Caller& caller, Answer& answer) const {
  const Moment now = Context::now();
  answer(to_result(params.all ? presence_.page_of_all(params.cursor, page_limits(caller), now)
                              : presence_.page(sorted(params.players), params.cursor, page_limits(caller), now)));
}

void Presences::carry_out(hub::Client& client, const api::PresenceUnwatchParams& params, const Caller& /*caller*/,
                          Answer answer) {
  PresenceOutput out;
  if (params.all) {
    presence_.unwatch_all(client.id, out);
  } else if (params.players.empty()) {
    presence_.unwatch_everything(client.id, out);
  } else {
    presence_.unwatch(client.id, {params.players.begin(), params.players.end()}, out);
  }
  settle(std::move(out));
  answer(std::string(empty_result));
}

// Clients -------------------------------------------------------------------------------------------------------------

void Presences::drop(const hub::Client& client, bool silent, bool elsewhere) {
  PresenceOutput out;
  presence_.unwatch_everything(client.id, out);
  if (silent) {
    presence_.drop(client.id);
  } else if (elsewhere) {
    clear_if_own(client.id);
  } else {
    presence_.end(client.id, Context::now(), out);
  }
  settle(std::move(out));
}

void Presences::clear_if_own(const std::string& client_id) {
  const std::string topic = presence_.topic_of(client_id);
  if (topic.empty()) {
    return;
  }
  feed_.look({topic}, [this, topic, client_id](const auto& result) {
    const bool stands = result && std::ranges::any_of(result->messages, [&](const hub::MessagePtr& message) {
                          return presence_.is_own(client_id, message->payload());
                        });
    PresenceOutput out;
    if (stands && context_.find_client(client_id) == nullptr) {
      presence_.end(client_id, Context::now(), out);
    } else if (context_.find_client(client_id) == nullptr) {
      presence_.drop(client_id);
    }
    settle(std::move(out));
  });
}

void Presences::renew(const hub::Client& client) {
  PresenceOutput out;
  presence_.renew(client.id, out);
  settle(std::move(out));
}

void Presences::append_wills(const hub::Client& client, std::vector<Publication>& wills) const {
  std::ranges::move(presence_.wills(client.id), std::back_inserter(wills));
}

std::optional<Publication> Presences::before_will(std::string_view topic) const {
  return presence_.before_will(topic, Context::now());
}

// The broker ----------------------------------------------------------------------------------------------------------

void Presences::on_message(std::string_view topic, std::string_view payload) {
  PresenceOutput out;
  presence_.on_message(topic, payload, Context::now(), out);
  settle(std::move(out));
}

void Presences::on_read(bool forgetful) {
  PresenceOutput out;
  presence_.end_reading(forgetful, Context::now(), out);
  settle(std::move(out));
  if (const auto next = presence_.next_timeout()) {
    context_.wake_at(*next);
  }
}

void Presences::settle(PresenceOutput out, Feed::Done done) {
  if (!out.unsubscribe.empty()) {
    feed_.remove(out.unsubscribe);
  }
  if (done) {
    feed_.publish_all(std::move(out.publications), std::move(done));
  } else {
    for (Publication& publication : out.publications) {
      feed_.publish(std::move(publication));
    }
  }
  for (const PresenceChange& change : out.changes) {
    tell(change);
  }
}

void Presences::tell(const PresenceChange& change) {
  std::optional<hub::Notice> notice;
  for (const std::string_view watcher : presence_.watchers(change.player)) {
    const hub::Client* const client = context_.find_client(watcher);
    if (client == nullptr || is_beginning(watcher, change.player)) {
      continue;
    }
    if (!notice) {
      notice.emplace("presence", write_presence_notification(change.player, change.state), "presence " + change.player);
    }
    client->receiver->notify(*notice);
  }
}

bool Presences::is_beginning(std::string_view watcher, const std::string& player) const {
  const auto [first, last] = beginning_.equal_range(watcher);
  return std::any_of(first, last,
                     [&](const auto& entry) { return entry.second.all || entry.second.players.contains(player); });
}

std::optional<Moment::TimePoint> Presences::next_timeout() const {
  return earliest({presence_.next_timeout(), feed_.next_timeout()});
}

void Presences::handle_timeout(Moment now) {
  feed_.handle_timeout(now.steady);
  PresenceOutput out;
  presence_.handle_timeout(now, out);
  settle(std::move(out));
}

}  // namespace lobbyd::apps
