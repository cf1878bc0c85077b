#include "service/gateway/reply.hpp"

namespace lobbyd::gateway {

void Batch::add(std::string answer) {
  constexpr std::size_t brackets = 2;
  if (bytes_ + answer.size() + brackets > max_bytes_) {
    flush();
  }
  bytes_ += answer.size() + 1;
  answers_.push_back(std::move(answer));
}

void Batch::flush() {
  if (answers_.empty()) {
    return;
  }
  bytes_ = 0;
  for (const std::string& frame : api::join_batch(std::exchange(answers_, {}), max_bytes_)) {
    send_(frame);
  }
}

void Reply::result(const api::Json& result) {
  if (!id_.absent()) {
    answer(api::write_result(id_, result));
  }
}

void Reply::result_text(std::string_view json) {
  if (!id_.absent()) {
    answer(api::write_result_text(id_, json));
  }
}

void Reply::error(const api::Error& error) {
  if (!id_.absent()) {
    answer(api::write_error(id_, error));
  }
}

void Reply::flush() {
  if (batch_) {
    batch_->flush();
  }
}

std::size_t Reply::envelope_size() const {
  constexpr std::size_t batch_brackets = 2;
  return api::write_result_text(id_, {}).size() + batch_brackets;
}

void Reply::answer(std::string text) {
  if (batch_) {
    batch_->add(std::move(text));
  } else {
    send_(text);
  }
}

}  // namespace lobbyd::gateway
