#include "tests/bench/load/traffic.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace lobbyd::load {
namespace {

constexpr std::chrono::seconds patience{30};

Time after(Time begin, double seconds) {
  return begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Traffic::Traffic(Loop& loop, const Target& target, Fleet& receivers, const Shape& shape, Publish publish)
    : loop_(loop),
      target_(target),
      receivers_(receivers),
      shape_(shape),
      publish_(std::move(publish)),
      streams_(shape.streams),
      next_(receivers.size() * shape.publishers_each) {
  if (receivers.size() != shape.streams * shape.receivers_each) throw std::logic_error("the streams need receivers");
  for (std::size_t i = 0; i < next_.size(); ++i) next_[i] = static_cast<std::uint32_t>(i % shape.publishers_each);
  receivers_.set_receiver(this);
}

Outcome Traffic::run_windowed(std::uint32_t messages, std::uint32_t window, Clock::duration at_most) {
  return measure([&] {
    window_ = window;
    end_ = Clock::now() + at_most;
    for (std::uint32_t number = 0; number < shape_.streams; ++number) {
      streams_[number].last = streams_[number].sent + messages;
      fill(number);
    }
    wait_for_all(end_ + patience);
    window_ = 0;
  });
}

Outcome Traffic::run_paced(double rate, const std::function<bool(std::uint64_t)>& more) {
  return measure([&] {
    const Time begin = Clock::now();
    while (more(sent_)) {
      const Time due = after(begin, static_cast<double>(sent_) / rate);
      if (Clock::now() < due) {
        loop_.turn(due);
      } else {
        send(static_cast<std::uint32_t>(sent_ % shape_.streams), due);
      }
    }
    wait_for_all(Clock::now() + patience);
  });
}

Outcome Traffic::measure(const std::function<void()>& run) {
  latency_ = {};
  sent_ = 0;
  const std::uint64_t reads = receivers_.reads();
  const UsageMeter meter(target_);
  run();
  return {.messages = sent_,
          .deliveries = sent_ * shape_.receivers_each,
          .reads = receivers_.reads() - reads,
          .usage = meter.read(),
          .latency = std::move(latency_)};
}

void Traffic::wait_for_all(Time deadline) {
  try {
    loop_.run_until([this] { return awaited_ == 0 && unanswered_ == 0; }, deadline, "messages");
  } catch (const DeadlineExceeded&) {
    throw std::runtime_error(std::to_string(awaited_) + " deliveries and " + std::to_string(unanswered_) +
                             " answers of " + std::string(name(target_.kind())) + " were lost, or come too late");
  }
}

void Traffic::fill(std::uint32_t number) {
  const Stream& stream = streams_[number];
  while (stream.sent < stream.last && stream.sent - stream.complete < window_) {
    const Time now = Clock::now();
    if (now >= end_) return;
    send(number, now);
  }
}

void Traffic::send(std::uint32_t number, Time due) {
  Stream& stream = streams_[number];
  const std::uint32_t sequence = stream.sent++;
  ++sent_;
  awaited_ += shape_.receivers_each;
  if (shape_.answered) ++unanswered_;
  stream.outstanding.push_back(static_cast<std::uint32_t>(shape_.receivers_each));
  write_stamp({.stream = number, .sequence = sequence, .due = due}, shape_.payload_size, payload_);
  publish_(number, sequence, payload_);
}

void Traffic::on_message(Client& client, std::string_view payload, Time read_at) {
  const auto stamp = read_stamp(payload);
  const std::uint32_t receiver = client.number();
  if (!stamp || stamp->stream != receiver / shape_.receivers_each) {
    throw std::runtime_error("a message came to whom it was not for");
  }
  check_order(receiver, stamp->sequence);
  latency_.add(read_at - stamp->due);
  --awaited_;
  Stream& stream = streams_[stamp->stream];
  --stream.outstanding[stamp->sequence - stream.complete];
  while (!stream.outstanding.empty() && stream.outstanding.front() == 0) {
    stream.outstanding.pop_front();
    ++stream.complete;
  }
  if (window_ > 0) fill(stamp->stream);
}

void Traffic::on_published(Client& /*client*/) {
  --unanswered_;
}

void Traffic::check_order(std::uint32_t receiver, std::uint32_t sequence) {
  const auto publishers = static_cast<std::uint32_t>(shape_.publishers_each);
  std::uint32_t& next = next_[receiver * publishers + sequence % publishers];
  if (sequence != next) {
    throw std::runtime_error("client " + std::to_string(receiver) + " got message " + std::to_string(sequence) +
                             " where " + std::to_string(next) + " was to come");
  }
  next += publishers;
}

}  // namespace lobbyd::load
