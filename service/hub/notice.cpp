#include "service/hub/notice.hpp"

#include "protocol/websocket/frame.hpp"

#include <algorithm>
#include <memory>

namespace lobbyd::hub {

Frame Notice::frame(websocket::Deflater* deflater) const {
  const auto ready = std::ranges::find(frames_, deflater, &std::pair<websocket::Deflater*, Frame>::first);
  if (ready != frames_.end()) {
    return ready->second;
  }
  std::string frame = websocket::encode_frame(websocket::Opcode::text, text_);
  if (deflater != nullptr) {
    if (auto compressed = deflater->compress(frame)) {
      frame = std::move(*compressed);
    }
  }
  return frames_.emplace_back(deflater, std::make_shared<const std::string>(std::move(frame))).second;
}

}  // namespace lobbyd::hub
