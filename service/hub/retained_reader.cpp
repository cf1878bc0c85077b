#include "service/hub/retained_reader.hpp"

#include "protocol/mqtt/topic.hpp"
#include "protocol/mqtt/topic_match.hpp"
#include "service/hub/split_filter.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

namespace lobbyd::hub {

namespace {

// MQTT5 §3.8: of a SUBSCRIBE, and of each filter besides its text.
constexpr std::size_t packet_overhead = 16;
constexpr std::size_t filter_overhead = 3;

// 0 stays what it is: no limit.
std::uint32_t asks_of(std::uint32_t publishes) {
  return publishes == 1 ? 1 : publishes / 2;
}

// Of what else is published to those topics: one that never is.
std::uint64_t number_of(std::string_view nonce) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(nonce.data(), nonce.data() + nonce.size(), number);
  return parsed.ec == std::errc{} && parsed.ptr == nonce.data() + nonce.size() ? number : 0;
}

}  // namespace

RetainedReader::RetainedReader(Port& port, std::string mark, Limits limits, ClosedNames closed)
    : port_(port),
      mark_(std::move(mark)),
      closed_(std::move(closed)),
      limits_(limits),
      pace_(asks_of(limits.publish_rate)) {}

// Requests ------------------------------------------------------------------------------------------------------------

RetainedReader::Ticket RetainedReader::request(const void* owner, std::vector<std::string> filters, TimePoint now,
                                               Done done) {
  const Ticket ticket = requests_.add(owner, std::move(filters), std::move(done));
  start_read(now);
  return ticket;
}

void RetainedReader::cancel(Ticket ticket, TimePoint now) {
  requests_.cancel(ticket);
  end_unwanted_read(now);
}

void RetainedReader::forget(const void* owner, TimePoint now) {
  requests_.forget(owner);
  end_unwanted_read(now);
}

void RetainedReader::end_unwanted_read(TimePoint now) {
  if (read_ && !read_->is_probe() && !requests_.any_before(read_->batch.end)) {
    finish(now);
  }
}

// Reads ---------------------------------------------------------------------------------------------------------------

void RetainedReader::start_read(TimePoint now) {
  if (read_ || giving_ || !link_ || (probed_ && requests_.empty())) {
    return;
  }
  read_ = std::make_unique<Read>();
  read_->started = now;
  read_->at_once = limits_.filters;
  // A read of nothing but the mark shows how this broker answers before anybody depends on it.
  if (std::exchange(probed_, true)) {
    read_->batch = requests_.front(limits_.filters);
    read_->closed = std::ranges::any_of(read_->batch.filters,
                                        [this](const std::string& filter) { return closed_.has_filter(filter); });
    put_to_ask(read_->batch.filters);
  }
  ask(now);
}

void RetainedReader::put_to_ask(const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    if (broker_.wildcards || !mqtt::has_wildcard(filter)) {
      read_->to_ask.push_back(filter);
    } else {
      read_->result.cut.insert(filter);
    }
  }
}

void RetainedReader::ask(TimePoint now) {
  Read& read = *read_;
  read.asked = next_to_ask();
  read.nonce = ++last_nonce_;
  read.last_activity = now;
  read.marked.reset();
  read.marks = 1 + static_cast<std::size_t>(std::ranges::count_if(
                       read.asked, [this](const std::string& filter) { return mqtt::matches(filter, mark_); }));
  read.sent = read.some_mark = read.mark_refused = read.subscribed = read.echoed = read.barrier = false;
  read.pace_opens = pace_.opens(now);
  if (read.pace_opens <= now) {
    send(now);
  }
  port_.on_timeout_changed();
}

void RetainedReader::send(TimePoint now) {
  pace_.spend(1, now);
  read_->sent = true;
  read_->last_activity = now;
  const std::string nonce = std::to_string(read_->nonce);
  port_.publish_mark(nonce);
  port_.subscribe(with_mark(*read_), nonce);
  port_.publish_echo(nonce);
}

std::vector<std::string> RetainedReader::next_to_ask() {
  std::deque<std::string>& to_ask = read_->to_ask;
  std::vector<std::string> next;
  std::size_t bytes = packet_overhead + filter_overhead + mark_.size();
  const std::size_t most = std::min(read_->at_once, broker_.filters - 1);
  while (!to_ask.empty() && next.size() < most) {
    bytes += filter_overhead + to_ask.front().size();
    if (bytes > broker_.bytes && !next.empty()) {
      break;
    }
    next.push_back(std::move(to_ask.front()));
    to_ask.pop_front();
  }
  return next;
}

std::vector<std::string> RetainedReader::with_mark(const Read& read) const {
  const bool by_wildcard = read.is_probe() && broker_.wildcards;
  std::vector<std::string> filters = read.asked;
  filters.push_back(by_wildcard ? mark_.substr(0, mark_.rfind('/') + 1) + '+' : mark_);
  return filters;
}

void RetainedReader::advance(TimePoint now) {
  const Step next = step(now).first;
  switch (next) {
    case Step::send:
      send(now);
      return port_.on_timeout_changed();
    case Step::wait:
      return port_.on_timeout_changed();
    case Step::whole:
    case Step::settled:
      read_->settled = read_->settled || next == Step::settled;
      return ask_or_finish(now);
    case Step::cut:
      divide_cut_set();
      return ask_or_finish(now);
    case Step::expired:
      read_->truncated = true;
      return finish(now);
  }
}

std::pair<RetainedReader::Step, RetainedReader::TimePoint> RetainedReader::step(TimePoint now) const {
  const Read& read = *read_;
  const TimePoint end = read.started + limits_.read;
  const auto after = [&](TimePoint since, std::chrono::milliseconds wait, Step then) {
    const TimePoint due = std::min(since + wait, end);
    return std::pair(now >= end ? Step::expired : now >= due ? then : Step::wait, due);
  };
  if (!read.sent) {
    return after(read.pace_opens, std::chrono::milliseconds(0), Step::send);
  }
  if (!read.subscribed) {
    return after(read.last_activity, limits_.cut, Step::expired);
  }
  if (read.marked && !asynchronous_) {
    if (read.echoed && read.barrier) {
      return {Step::whole, now};
    }
    return after(*read.marked, limits_.barrier, read.echoed ? Step::whole : Step::settled);
  }
  // A broker may send one copy for all filters of a packet that match: any mark is as good, then.
  if (!mark_works_ || read.some_mark || read.mark_refused) {
    return after(read.last_activity, limits_.quiet, Step::settled);
  }
  if (asynchronous_) {
    return after(read.last_activity, limits_.cut, Step::settled);
  }
  return after(read.last_activity, read.echoed ? limits_.quiet : limits_.cut, Step::cut);
}

void RetainedReader::divide_cut_set() {
  Read& read = *read_;
  if (read.asked.size() > 1) {
    read.at_once = (read.asked.size() + 1) / 2;
    read.to_ask.insert(read.to_ask.begin(), read.asked.begin(), read.asked.end());
  } else if (!read.asked.empty()) {
    std::vector<std::string_view> topics;
    topics.reserve(read.result.messages.size());
    for (const MessagePtr& copy : read.result.messages) {
      topics.push_back(copy->topic());
    }
    read.at_once = limits_.parts;
    std::ranges::move(split_filter(read.asked.front(), topics), std::back_inserter(read.to_ask));
    read.result.cut.insert(read.asked.front());
  }
}

void RetainedReader::ask_or_finish(TimePoint now) {
  if (read_->to_ask.empty()) {
    return finish(now);
  }
  port_.unsubscribe(with_mark(*read_));
  ask(now);
}

void RetainedReader::finish(TimePoint now) {
  const std::unique_ptr<Read> read = std::move(read_);
  port_.unsubscribe(with_mark(*read));
  if (read->is_probe()) {
    wildcards_ = read->some_mark || read->mark_refused || read->truncated;
  } else if (!wildcards_ && std::ranges::any_of(read->batch.filters, mqtt::has_wildcard)) {
    read->settled = true;
  }
  read->result.complete = read->truncated ? api::Completeness::truncated
                          : read->settled ? api::Completeness::settled
                                          : api::Completeness::exact;
  RetainedSets sets(read->batch.filters, read->result, closed_);
  giving_ = true;
  for (RetainedRequests::Request& request : requests_.take_before(read->batch.end)) {
    request.done(sets.of(request.filters));
  }
  giving_ = false;
  start_read(now);
}

// Events --------------------------------------------------------------------------------------------------------------

void RetainedReader::on_link_up(BrokerLimits broker, TimePoint now) {
  broker_ = {.bytes = broker.bytes == 0 ? limits_.packet_bytes : std::min(broker.bytes, limits_.packet_bytes),
             .filters = std::max<std::size_t>(broker.filters, 2),
             .wildcards = broker.wildcards};
  link_ = true;
  probed_ = false;
  mark_works_ = false;
  asynchronous_ = false;
  wildcards_ = true;
  start_read(now);
}

void RetainedReader::on_link_down() {
  link_ = false;
  read_.reset();
}

bool RetainedReader::is_current(std::string_view nonce) const {
  return read_ && number_of(nonce) == read_->nonce;
}

void RetainedReader::on_subscribed(std::string_view nonce, const std::vector<mqtt::ReasonCode>& reasons,
                                   TimePoint now) {
  if (!is_current(nonce)) {
    return;
  }
  Read& read = *read_;
  read.subscribed = true;
  read.last_activity = now;
  for (std::size_t at = 0; at < reasons.size(); ++at) {
    if (!mqtt::is_failure(reasons[at])) {
      continue;
    }
    if (at < read.asked.size()) {
      read.result.refused.emplace(read.asked[at], reasons[at]);
    } else {
      read.mark_refused = true;
    }
  }
  advance(now);
}

void RetainedReader::on_retained(MessagePtr copy, TimePoint now) {
  if (copy->topic() == mark_) {
    take_mark(copy->payload(), now);
  } else if (read_) {
    asynchronous_ = asynchronous_ || read_->marked.has_value();
    store(std::move(copy));
  }
  if (read_) {
    read_->last_activity = now;
    advance(now);
  }
}

void RetainedReader::take_mark(std::string_view nonce, TimePoint now) {
  asynchronous_ = asynchronous_ || number_of(nonce) <= last_echo_;
  const bool current = is_current(nonce);
  mark_works_ = mark_works_ || current;
  if (!read_ || !(current || asynchronous_)) {
    return;
  }
  read_->some_mark = true;
  read_->marks -= std::min<std::size_t>(read_->marks, 1);
  if (read_->marks == 0 && !read_->marked) {
    read_->marked = now;
  }
}

void RetainedReader::store(MessagePtr copy) {
  Read& read = *read_;
  std::vector<MessagePtr>& copies = read.result.messages;
  if (const auto found = read.by_topic.find(copy->topic()); found != read.by_topic.end()) {
    const std::size_t place = found->second;
    read.bytes = read.bytes - copies[place]->weight() + copy->weight();
    read.by_topic.erase(found);
    read.by_topic.emplace(copy->topic(), place);
    copies[place] = std::move(copy);
    return;
  }
  if (copies.size() >= limits_.messages || read.bytes + copy->weight() > limits_.bytes) {
    read.truncated = true;
    return;
  }
  read.bytes += copy->weight();
  read.by_topic.emplace(copy->topic(), copies.size());
  copies.push_back(std::move(copy));
}

void RetainedReader::on_echo(std::string_view nonce, TimePoint now) {
  last_echo_ = std::max(last_echo_, number_of(nonce));
  if (is_current(nonce)) {
    read_->echoed = true;
    advance(now);
  }
}

void RetainedReader::on_barrier(std::string_view nonce, TimePoint now) {
  if (is_current(nonce)) {
    read_->barrier = true;
    advance(now);
  }
}

void RetainedReader::on_barrier_missed() {
  if (read_ && read_->sent && !read_->barrier) {
    port_.publish_echo(std::to_string(read_->nonce));
  }
}

// Time ----------------------------------------------------------------------------------------------------------------

std::optional<RetainedReader::TimePoint> RetainedReader::next_timeout() const {
  return read_ ? std::optional(step(read_->last_activity).second) : std::nullopt;
}

void RetainedReader::handle_timeout(TimePoint now) {
  if (read_) {
    advance(now);
  }
}

}  // namespace lobbyd::hub
