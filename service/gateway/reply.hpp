#pragma once

// Where the answer to a request goes: into a frame of its own, or into the answer to its batch, which leaves when the
// last of its requests has been answered, or when what there is fills a frame.

#include "protocol/api/envelope.hpp"
#include "protocol/api/error.hpp"
#include "protocol/api/json.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::gateway {

class Batch {
 public:
  using Send = std::function<void(const std::string&)>;

  Batch(std::size_t max_bytes, Send send) : max_bytes_(max_bytes), send_(std::move(send)) {}
  ~Batch() { flush(); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void add(std::string answer);
  // What is there goes out as an array of its own.
  void flush();

 private:
  std::size_t max_bytes_;
  Send send_;
  std::vector<std::string> answers_;
  std::size_t bytes_ = 0;  // of the answers and the commas between them
};

// Move-only; answers once. Dropped unanswered, as when the client has gone, it leaves its place in the batch empty.
class Reply {
 public:
  using Send = Batch::Send;
  // Runs when the last that is to be done for a request is done.
  using Guard = std::shared_ptr<const void>;

  Reply(api::Id id, Send send, Guard guard, std::shared_ptr<Batch> batch)
      : id_(std::move(id)), send_(std::move(send)), guard_(std::move(guard)), batch_(std::move(batch)) {}
  Reply(Reply&&) = default;
  Reply(const Reply&) = delete;

  void result(const api::Json& result);
  // `json`: the result as JSON text.
  void result_text(std::string_view json);
  void error(const api::Error& error);
  // The client must have the batch's answers so far before what comes next.
  void flush();
  // What an answer has besides its result, in bytes.
  std::size_t envelope_size() const;

 private:
  void answer(std::string text);

  api::Id id_;
  Send send_;
  Guard guard_;
  std::shared_ptr<Batch> batch_;
};

}  // namespace lobbyd::gateway
