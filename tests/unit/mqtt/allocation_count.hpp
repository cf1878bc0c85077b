#pragma once

#include <cstddef>

namespace lobbyd::mqtt::test {

// How often the program has allocated memory with `new` so far. For tests that something allocates nothing.
std::size_t allocation_count();

}  // namespace lobbyd::mqtt::test
