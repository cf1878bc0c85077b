#pragma once

#include "config/config.hpp"

#include <string>

namespace lobbyd::config {

/// The whole configuration as a commented TOML file that load() reads back to an equal Config; but secrets are not
/// shown: their lines are commented out.
std::string print(const Config& config);

/// What config/lobbyd.toml holds: print() of the defaults.
std::string print_default();

/// What docs/configuration.md holds.
std::string reference_markdown();

}  // namespace lobbyd::config
