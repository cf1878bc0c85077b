#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace lobbyd::bench {

// Runs `call` with Callgrind counting its instructions and nothing else; the count is dumped under "NAME UNITS", where
// `units` is how many deliveries or publishes it stands for. Without Callgrind it just runs.
void measured(const std::string& name, std::size_t units, const std::function<void()>& call);

void measure_deliveries();
void measure_publishes();

}  // namespace lobbyd::bench
