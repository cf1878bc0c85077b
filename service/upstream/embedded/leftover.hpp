#pragma once

#include "service/upstream/embedded/process_record.hpp"

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

struct EndingPatience {
  std::chrono::milliseconds after_terminate{10'000};  // for saving its state
  std::chrono::milliseconds after_kill{5'000};        // for the kernel to take it down
};

// Ends a process that a former daemon left behind, and waits until it is gone: SIGTERM, then SIGKILL. A process that
// does not run any more, or has not `argument` on its command line, is left alone. Blocks, for as long as `patience`
// says at most; for the start of the daemon only. The error is a sentence.
std::expected<void, std::string> end_leftover(const ProcessRecord& record, std::string_view argument,
                                              EndingPatience patience = {});

}  // namespace lobbyd::upstream
