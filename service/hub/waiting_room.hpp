#pragma once

// Bounds the bytes of the publishes that wait for subscribes to be answered: those of all clients together, and each
// client's share, so that one client cannot use up what there is for all. Pure.

#include <cstddef>

namespace lobbyd::hub {

class WaitingRoom {
 public:
  WaitingRoom(std::size_t bytes, std::size_t share) : bytes_(bytes), share_(share) {}

  // `mine`: what the client has waiting. False, and nothing is changed, where there is no room. A client that has
  // nothing waiting may bring more than its share: else a large message could never wait.
  bool enter(std::size_t& mine, std::size_t bytes) {
    if (bytes > bytes_ - used_ || (mine > 0 && mine + bytes > share_)) {
      return false;
    }
    mine += bytes;
    used_ += bytes;
    return true;
  }
  void leave(std::size_t& mine, std::size_t bytes) {
    mine -= bytes;
    used_ -= bytes;
  }

 private:
  std::size_t bytes_;
  std::size_t share_;
  std::size_t used_ = 0;
};

}  // namespace lobbyd::hub
