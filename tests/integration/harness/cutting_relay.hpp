#pragma once

#include "tests/integration/harness/deadline.hpp"
#include "tests/integration/harness/file_descriptor.hpp"
#include "tests/integration/harness/tcp_socket.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace lobbyd::integration {

struct CuttingRelayOptions {
  Endpoint target;
  std::uint64_t seed = 0;
  /// A connection is left alone for so long, and cut after some further bytes; one in eight is cut within its first
  /// bytes instead.
  std::chrono::milliseconds spared{0};
};

/// Passes TCP connections on and cuts each of them: behind any byte of either direction, so within packets, too; by a
/// RST or in order, and perhaps after it has swallowed what one direction sent last.
class CuttingRelay {
 public:
  explicit CuttingRelay(const CuttingRelayOptions& options);
  CuttingRelay(const CuttingRelay&) = delete;
  CuttingRelay& operator=(const CuttingRelay&) = delete;
  ~CuttingRelay();

  const Endpoint& endpoint() const { return endpoint_; }
  std::size_t cuts() const { return cuts_; }
  /// Before and after it only passes on.
  void start_cutting() { cutting_ = true; }
  void stop_cutting() { cutting_ = false; }

 private:
  class Loop;

  FileDescriptor listener_;
  Endpoint endpoint_;
  std::atomic<std::size_t> cuts_ = 0;
  std::atomic<bool> cutting_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace lobbyd::integration
