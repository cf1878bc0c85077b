#pragma once

// What is on its way to one client's outbox on another loop: bounded as the outbox is. Pure.
//
// It is not told when each frame arrives, only up to which position the other loop has come, when somebody asks. So it
// counts what was sent since it last asked: never less than what is on its way.

#include "service/gateway/outbox.hpp"

#include <cstddef>
#include <cstdint>

namespace lobbyd::gateway {

class Transit {
 public:
  using Position = std::uint64_t;

  // Beside other things, one frame of any size may be on its way.
  bool fits(Outbox::Class frame_class, std::size_t size, const Outbox::Limits& limits) const;
  // `position`: where it will have arrived.
  void add(Outbox::Class frame_class, std::size_t size, Position position);
  void arrived(Position position);

 private:
  std::size_t bytes_ = 0;  // of all but retained copies
  std::size_t retained_bytes_ = 0;
  std::size_t retained_frames_ = 0;
  Position end_ = 0;
};

}  // namespace lobbyd::gateway
