#include "service/hub/wills/namesake.hpp"

#include "service/hub/wills/instance_record.hpp"

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::chrono::milliseconds ask_interval{500};
// Between a SUBSCRIBE and the retained messages that a broker sends on their own time.
constexpr std::chrono::milliseconds quiet{300};
// For a broker that lets the question not pass: then nothing can be found out.
constexpr std::chrono::seconds longest{5};

}  // namespace

Namesake::Namesake(std::string nonce, std::chrono::milliseconds grace, Port& port)
    : nonce_(std::move(nonce)), grace_(std::min<std::chrono::milliseconds>(grace, longest)), port_(port) {}

void Namesake::on_link_up(TimePoint now) {
  asked_ = now;
  read_ = false;
  ask_again_ = now + ask_interval;
  port_.ask(nonce_);
}

void Namesake::on_record(std::string_view text) {
  read_ = true;
  const auto record = parse_record(text);
  recorded_ = record && record->state == InstanceState::alive;
}

void Namesake::on_ask(std::string_view nonce, TimePoint now) {
  if (nonce != nonce_ || recorded_ || verdict_ != Verdict::unknown) {
    return;
  }
  if (read_) {
    verdict_ = Verdict::alone;
  } else if (!quiet_) {
    quiet_ = now + quiet;
  }
}

void Namesake::on_answer(std::string_view text) {
  const auto sign = parse_life_sign(text);
  if (sign && sign->nonce == nonce_) {
    verdict_ = Verdict::lives;
  }
}

std::optional<Namesake::TimePoint> Namesake::next_timeout() const {
  if (verdict_ != Verdict::unknown || !asked_) {
    return std::nullopt;
  }
  const TimePoint next = std::min(ask_again_, *asked_ + grace_);
  return quiet_ && !recorded_ ? std::min(next, *quiet_) : next;
}

void Namesake::handle_timeout(TimePoint now) {
  if (verdict_ != Verdict::unknown || !asked_) {
    return;
  }
  if (now >= *asked_ + grace_ || (quiet_ && !recorded_ && now >= *quiet_)) {
    verdict_ = Verdict::alone;
  } else if (now >= ask_again_) {
    ask_again_ = now + ask_interval;
    port_.ask(nonce_);
  }
}

}  // namespace lobbyd::hub
