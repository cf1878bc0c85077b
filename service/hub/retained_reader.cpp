#include "service/hub/retained_reader.hpp"

#include "protocol/mqtt/topic.hpp"
#include "protocol/mqtt/topic_match.hpp"
#include "service/hub/retained_sets.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace lobbyd::hub {

namespace {

// The levels before the first wildcard, each with its slash, and what follows the wildcard, with its slash in front.
struct Pieces {
  std::string_view before;
  std::string_view after;
  std::size_t level = 0;
  bool multi_level = false;
};

std::optional<Pieces> find_wildcard(std::string_view filter) {
  std::size_t offset = 0;
  std::size_t index = 0;
  for (const std::string_view level : mqtt::Levels(filter)) {
    if (level == "+" || level == "#") {
      return Pieces{filter.substr(0, offset), filter.substr(offset + 1), index, level == "#"};
    }
    offset += level.size() + 1;
    ++index;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> split_filter(std::string_view filter, const std::vector<std::string_view>& topics) {
  const auto pieces = find_wildcard(filter);
  if (!pieces) {
    return {};
  }
  std::set<std::string_view> values;
  for (const std::string_view topic : topics) {
    const mqtt::Levels levels(topic);
    auto level = levels.begin();
    for (std::size_t skipped = 0; skipped < pieces->level && level != std::default_sentinel; ++skipped) {
      ++level;
    }
    if (level != std::default_sentinel && mqtt::matches(filter, topic)) {
      values.insert(*level);
    }
  }
  std::vector<std::string> parts;
  for (const std::string_view value : values) {
    std::string part(pieces->before);
    part += value;
    part += pieces->multi_level ? std::string_view("/#") : pieces->after;
    parts.push_back(std::move(part));
  }
  if (pieces->multi_level && !parts.empty() && !pieces->before.empty()) {
    // "a/#" matches "a" itself.
    parts.emplace_back(pieces->before.substr(0, pieces->before.size() - 1));
  }
  return parts;
}

RetainedReader::RetainedReader(Port& port, std::string mark, Limits limits)
    : port_(port), mark_(std::move(mark)), limits_(limits) {}

void RetainedReader::request(std::vector<std::string> filters, TimePoint now, Done done) {
  waiting_.push_back({std::move(filters), std::move(done)});
  start_read(now);
}

void RetainedReader::on_link_up(TimePoint now) {
  link_ = true;
  mark_works_ = false;
  asynchronous_ = false;
  // A read of nothing but the mark shows how this broker answers before anybody depends on it.
  waiting_.push_front({{}, [](const Set&) {}});
  start_read(now);
}

void RetainedReader::on_link_down() {
  link_ = false;
  if (read_) {
    std::ranges::move(read_->requests, std::front_inserter(waiting_));
    std::reverse(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(read_->requests.size()));
    read_.reset();
  }
}

void RetainedReader::start_read(TimePoint now) {
  if (read_ || !link_ || waiting_.empty()) {
    return;
  }
  read_ = std::make_unique<Read>();
  read_->started = now;
  std::set<std::string> distinct;
  // The first request is the one that learns how the broker answers, where that is not known: alone, then.
  const bool alone = waiting_.front().filters.empty();
  do {
    distinct.insert(waiting_.front().filters.begin(), waiting_.front().filters.end());
    read_->requests.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  } while (!alone && !waiting_.empty() && distinct.size() < limits_.filters);
  read_->filters.assign(distinct.begin(), distinct.end());
  ask(read_->filters, now);
}

void RetainedReader::ask(std::vector<std::string> filters, TimePoint now) {
  Read& read = *read_;
  read.asked = std::move(filters);
  read.nonce = std::to_string(++reads_);
  read.last_activity = now;
  read.marked.reset();
  read.some_mark = false;
  read.marks = 1 + static_cast<std::size_t>(std::ranges::count_if(
                       read.asked, [this](const std::string& filter) { return mqtt::matches(filter, mark_); }));
  read.subscribed = read.echoed = read.barrier = false;
  std::vector<std::string> packet = read.asked;
  packet.push_back(mark_);
  port_.subscribe(packet, read.nonce);
  port_.publish_echo(read.nonce);
}

void RetainedReader::on_subscribed(std::string_view nonce, const std::vector<mqtt::ReasonCode>& reasons,
                                   TimePoint now) {
  if (!read_ || nonce != read_->nonce) {
    return;
  }
  read_->subscribed = true;
  read_->last_activity = now;
  for (std::size_t at = 0; at < std::min(reasons.size(), read_->asked.size()); ++at) {
    if (mqtt::is_failure(reasons[at])) {
      read_->refused.emplace(read_->asked[at], reasons[at]);
    }
  }
  advance(now);
}

void RetainedReader::on_retained(MessagePtr copy, TimePoint now) {
  const bool is_mark = copy->topic() == mark_;
  mark_works_ = mark_works_ || is_mark;
  if (!read_) {
    return;
  }
  read_->last_activity = now;
  if (is_mark) {
    read_->some_mark = true;
    read_->marks -= std::min<std::size_t>(read_->marks, 1);
    if (read_->marks == 0 && !read_->marked) {
      read_->marked = now;
      asynchronous_ = asynchronous_ || read_->echoed;
    }
  } else {
    asynchronous_ = asynchronous_ || read_->marked.has_value();
    store(std::move(copy));
  }
  advance(now);
}

void RetainedReader::store(MessagePtr copy) {
  Read& read = *read_;
  if (const auto found = read.by_topic.find(copy->topic()); found != read.by_topic.end()) {
    const std::size_t place = found->second;
    read.bytes = read.bytes - read.copies[place]->weight() + copy->weight();
    read.by_topic.erase(found);
    read.by_topic.emplace(copy->topic(), place);
    read.copies[place] = std::move(copy);
    return;
  }
  if (read.copies.size() >= limits_.messages || read.bytes + copy->weight() > limits_.bytes) {
    read.truncated = true;
    return;
  }
  read.bytes += copy->weight();
  read.by_topic.emplace(copy->topic(), read.copies.size());
  read.copies.push_back(std::move(copy));
}

void RetainedReader::on_echo(std::string_view nonce, TimePoint now) {
  if (read_ && nonce == read_->nonce) {
    read_->echoed = true;
    advance(now);
  }
}

void RetainedReader::on_barrier(std::string_view nonce, TimePoint now) {
  if (read_ && nonce == read_->nonce) {
    read_->barrier = true;
    advance(now);
  }
}

std::optional<RetainedReader::TimePoint> RetainedReader::next_timeout() const {
  return read_ ? std::optional(step(read_->last_activity).second) : std::nullopt;
}

void RetainedReader::handle_timeout(TimePoint now) {
  if (read_) {
    advance(now);
  }
}

std::pair<RetainedReader::Step, RetainedReader::TimePoint> RetainedReader::step(TimePoint now) const {
  const Read& read = *read_;
  const TimePoint end = read.started + limits_.read;
  const auto after = [&](TimePoint since, std::chrono::milliseconds wait, Step then) {
    const TimePoint due = std::min(since + wait, end);
    return std::pair(now >= end ? Step::expired : now >= due ? then : Step::wait, due);
  };
  // A broker may send one copy for all filters of a packet that match.
  const bool one_for_all = read.some_mark && !read.marked;
  if (!read.subscribed || (mark_works_ && !read.marked && !one_for_all)) {
    return after(read.last_activity, limits_.cut, Step::cut);
  }
  if (asynchronous_ || !read.marked) {
    return after(read.last_activity, limits_.quiet, Step::settled);
  }
  if (read.echoed && read.barrier) {
    return {Step::whole, now};
  }
  return after(*read.marked, limits_.barrier, Step::whole);
}

void RetainedReader::advance(TimePoint now) {
  switch (step(now).first) {
    case Step::wait:
      return;
    case Step::whole:
    case Step::settled:
      if (!read_->parts.empty()) {
        return read_parts(now);
      }
      return finish(read_->truncated                  ? api::Completeness::truncated
                    : asynchronous_ || !read_->marked ? api::Completeness::settled
                                                      : api::Completeness::exact,
                    now);
    case Step::cut:
      split_cut_read();
      return read_parts(now);
    case Step::expired:
      return finish(api::Completeness::truncated, now);
  }
}

void RetainedReader::split_cut_read() {
  Read& read = *read_;
  read.truncated = true;
  std::vector<std::string_view> topics;
  topics.reserve(read.copies.size());
  for (const MessagePtr& copy : read.copies) {
    topics.push_back(copy->topic());
  }
  for (const std::string& filter : read.asked) {
    std::ranges::move(split_filter(filter, topics), std::back_inserter(read.parts));
  }
}

void RetainedReader::read_parts(TimePoint now) {
  Read& read = *read_;
  if (read.parts.empty()) {
    return finish(api::Completeness::truncated, now);
  }
  port_.unsubscribe(read.asked);
  std::vector<std::string> next;
  while (!read.parts.empty() && next.size() < limits_.parts) {
    next.push_back(std::move(read.parts.front()));
    read.parts.pop_front();
  }
  ask(std::move(next), now);
}

void RetainedReader::finish(api::Completeness complete, TimePoint now) {
  const std::unique_ptr<Read> read = std::move(read_);
  if (!read->asked.empty()) {
    port_.unsubscribe(read->asked);
  }
  RetainedSets sets(read->filters, read->copies, read->refused, complete);
  for (Request& request : read->requests) {
    request.done(request.filters.empty() ? Set{} : sets.of(request.filters));
  }
  start_read(now);
}

}  // namespace lobbyd::hub
