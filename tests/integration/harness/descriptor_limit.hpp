#pragma once

#include <cstddef>

namespace lobbyd::integration {

/// Lets this process open as many files as the system lets it. False where so many may not be had.
bool allow_descriptors(std::size_t count);

}  // namespace lobbyd::integration
