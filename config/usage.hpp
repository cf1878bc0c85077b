#pragma once

#include <string>

namespace lobbyd::config {

/// What --help prints, and the reference shows.
std::string usage();

}  // namespace lobbyd::config
