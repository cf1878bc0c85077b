#include "service/gateway/threads/transit.hpp"

namespace lobbyd::gateway {

bool Transit::fits(Outbox::Class frame_class, std::size_t size, const Outbox::Limits& limits) const {
  if (frame_class == Outbox::Class::retained) {
    return retained_frames_ == 0 ||
           (retained_frames_ < limits.retained_frames && retained_bytes_ + size <= limits.retained_bytes);
  }
  return bytes_ == 0 || bytes_ + size <= limits.bytes;
}

void Transit::add(Outbox::Class frame_class, std::size_t size, Position position) {
  end_ = position;
  if (frame_class == Outbox::Class::retained) {
    ++retained_frames_;
    retained_bytes_ += size;
  } else {
    bytes_ += size;
  }
}

void Transit::arrived(Position position) {
  if (position >= end_) {
    *this = {};
  }
}

}  // namespace lobbyd::gateway
