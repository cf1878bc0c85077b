#pragma once

// Whether another daemon of this name lives on the broker, before this one takes its place there. Pure; time is a
// parameter.
//
// Its record is read, and it is asked. The question comes back behind the record, so one that has left none, or has
// ended in order, is not waited for. That is so where the broker sends retained messages with the answer to the
// SUBSCRIBE; a mark, which is retained and read with the record, tells. Where the mark has not come before the question
// a record is waited for a while.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::hub {

class Namesake {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Verdict : std::uint8_t {
    unknown,
    alone,
    lives,
  };

  class Port {
   public:
    virtual void ask(const std::string& nonce) = 0;

   protected:
    ~Port() = default;
  };

  // `nonce`: of this run alone. One that was killed is silent for `grace`.
  Namesake(std::string nonce, std::chrono::milliseconds grace, Port& port);

  Verdict verdict() const { return verdict_; }
  const std::string& nonce() const { return nonce_; }

  // The link stands, and the topics of the questions and the answers are listened to.
  void on_link_up(TimePoint now);
  void on_link_down() {
    asked_.reset();
    quiet_.reset();
  }
  void on_mark(std::string_view nonce) { read_ = read_ || nonce == nonce_; }
  void on_record(std::string_view text);
  void on_ask(std::string_view nonce, TimePoint now);
  void on_answer(std::string_view text);

  std::optional<TimePoint> next_timeout() const;
  void handle_timeout(TimePoint now);

 private:
  std::string nonce_;
  std::chrono::milliseconds grace_;
  Port& port_;
  Verdict verdict_ = Verdict::unknown;
  bool read_ = false;               // what is retained has come
  bool recorded_ = false;           // as alive
  std::optional<TimePoint> quiet_;  // until then the record may still come
  std::optional<TimePoint> asked_;  // first, on this link
  TimePoint ask_again_;
};

}  // namespace lobbyd::hub
