#pragma once

#include <cstddef>
#include <vector>

namespace lobbyd::mqtt {

// Empties a vector that is filled again for each packet. What it allocated is kept, so that nothing is allocated in
// steady state, unless one unusual packet made it large.
template <class Value>
void clear_scratch(std::vector<Value>& scratch) {
  constexpr std::size_t kept = 4096;
  scratch.clear();
  if (scratch.capacity() > kept) scratch.shrink_to_fit();
}

}  // namespace lobbyd::mqtt
