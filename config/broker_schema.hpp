#pragma once

#include "config/key.hpp"

#include <vector>

namespace lobbyd::config {

/// The rows of the schema for [instance], [broker] and [embedded].
std::vector<Key> broker_keys();

}  // namespace lobbyd::config
