#include "service/gateway/history.hpp"

#include "protocol/websocket/frame.hpp"

#include <utility>

namespace lobbyd::gateway {

namespace {

// What a record takes besides its frame.
constexpr std::size_t record_bytes = 64;

std::size_t weight(const History::Record& record) {
  return record.frame->size() + record_bytes;
}

}  // namespace

void History::add(Record record) {
  sent_ += record.notifications;
  bytes_ += weight(record);
  records_.push_back(std::move(record));
}

void History::forget_oldest() {
  const Record& oldest = records_.front();
  forgotten_ += oldest.notifications;
  bytes_ -= weight(oldest);
  records_.pop_front();
}

void History::acknowledge(std::uint64_t received) {
  while (!records_.empty() && forgotten_ + records_.front().notifications <= received) {
    forget_oldest();
  }
}

void History::forget_old(TimePoint now, std::chrono::seconds age) {
  if (now - looked_ >= age) {
    looked_ = now;
    acknowledge(std::exchange(sent_then_, sent_));
  }
}

std::vector<History::Record> History::take_behind(std::uint64_t received) {
  acknowledge(received);
  std::vector<Record> behind;
  behind.reserve(records_.size());
  for (; !records_.empty(); records_.pop_front()) {
    behind.push_back(std::move(records_.front()));
  }
  if (const std::uint64_t has = received - forgotten_; has > 0) {
    Record& first = behind.front();
    first.frame = std::make_shared<const std::string>(websocket::skip_frames(*first.frame, has));
    first.notifications -= static_cast<std::uint32_t>(has);
  }
  bytes_ = 0;
  sent_ = received;
  forgotten_ = received;
  sent_then_ = received;
  return behind;
}

}  // namespace lobbyd::gateway
