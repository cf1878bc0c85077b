#pragma once

// A notification of a service, on its way to those clients that it is for: written once, framed once, compressed once
// for all who take the same. Immutable but for these frames. One loop.

#include "protocol/api/params.hpp"
#include "protocol/websocket/deflate.hpp"
#include "service/hub/message.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lobbyd::hub {

class Notice {
 public:
  // `text`: the whole JSON-RPC notification of that method.
  Notice(std::string method, std::string text) : method_(std::move(method)), text_(std::move(text)) {}
  // Of a state, of which only the newest counts: for a client that falls behind it takes the place of an older one of
  // the same `subject`.
  Notice(std::string method, std::string text, std::string subject)
      : method_(std::move(method)),
        text_(std::move(text)),
        subject_(std::move(subject)),
        mode_(api::Delivery::latest) {}

  const std::string& method() const { return method_; }
  const std::string& subject() const { return subject_; }
  api::Delivery mode() const { return mode_; }
  std::size_t bytes() const { return text_.size(); }
  // `deflater`: that compresses for the receiver; null for plain frames.
  Frame frame(websocket::Deflater* deflater) const;

 private:
  std::string method_;
  std::string text_;
  std::string subject_;
  api::Delivery mode_ = api::Delivery::queue;
  // One for each deflater that was asked for; they are few.
  mutable std::vector<std::pair<websocket::Deflater*, Frame>> frames_;
};

}  // namespace lobbyd::hub
