#pragma once

// One period of one board: joins a scores::Board to the broker. One loop.

#include "service/apps/host/board_rule.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/scores/board.hpp"
#include "service/apps/scores/topic_template.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

// The templates of the topics in which all boards are kept.
struct BoardTopics {
  explicit BoardTopics(const std::string& prefix)
      : records(scores::TopicTemplate::of_records(prefix)), parts(scores::TopicTemplate::of_parts(prefix)) {}

  scores::TopicTemplate records;
  scores::TopicTemplate parts;
};

class BoardHost final : private FeedListener {
 public:
  struct Name {
    std::string board;
    std::string period;

    auto operator<=>(const Name&) const = default;
  };
  // The board has changed from this rank on.
  using OnChange = std::function<void(const Name& name, std::size_t rank)>;
  using OnRead = std::move_only_function<void(std::expected<scores::Board*, api::Error>)>;

  BoardHost(Context& context, const BoardTopics& topics, const BoardRule& rule, Name name, OnChange on_change);
  BoardHost(const BoardHost&) = delete;
  BoardHost& operator=(const BoardHost&) = delete;
  ~BoardHost() = default;

  const Name& name() const { return name_; }
  const scores::Board* board() const { return read_ ? &board_ : nullptr; }

  // Calls `then` once the board has been read, perhaps at once; unless the client goes first.
  void use(const hub::Client* client, OnRead then);
  // The publications that a use of the board has brought about; `done` may be empty.
  void publish(std::vector<scores::Publication> publications, Feed::Done done = {});
  // What the board has changed is seen to.
  void follow();
  void forget(const hub::Client& client);
  // It is needed still.
  void touch() { used_ = Context::now().steady; }

  // Whether nobody has used it for a while.
  bool is_unused(Moment::TimePoint now) const;
  std::optional<Moment::TimePoint> next_timeout(Moment now) const;
  void handle_timeout(Moment now);

 private:
  struct Waiting {
    const hub::Client* client;
    OnRead then;
    Moment::TimePoint deadline;
  };

  void on_reading() override { board_.begin_reading(); }
  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;
  void on_unread(const api::Error& error) override;

  std::vector<std::string> filters() const;
  Publication to_publication(scores::Publication publication) const;
  void note(scores::Sight sight);

  Context& context_;
  const BoardTopics& topics_;
  const BoardRule& rule_;
  Name name_;
  OnChange on_change_;
  scores::Board board_;
  bool read_ = false;
  std::deque<Waiting> waiting_;
  Moment::TimePoint used_;
  std::uint64_t ignored_ = 0;  // messages that are no scores
  Feed feed_;
};

}  // namespace lobbyd::apps
