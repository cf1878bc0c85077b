#pragma once

// The log: to standard error, as text or as JSON lines.

#include <string_view>

namespace lobbyd::telemetry {

enum class LogFormat { text, json };

// `level`: "trace", "debug", "info", "warning" or "error". To be called once, before other threads log.
void set_up_logging(std::string_view level, LogFormat format);

}  // namespace lobbyd::telemetry
