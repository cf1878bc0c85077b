#pragma once

#include "config/load.hpp"
#include "config/setting.hpp"

#include <string>
#include <vector>

namespace lobbyd::config {

struct EnvironmentSettings {
  std::vector<Setting> settings;
  std::vector<std::string> warnings;  ///< variables that begin with LOBBYD_ and belong to no key
};

/// The keys that the environment sets: LOBBYD_SECTION_KEY, lists comma-separated. `brokers`: the names of
/// [brokers.NAME] that are known already; a variable with the name of none of them names another one.
EnvironmentSettings read_environment(const Environment& environment, const std::vector<std::string>& brokers);

/// What the environment or the command line says for a key of this kind, as a setting's content.
Setting text_setting(std::string path, Kind kind, const std::string& text, Origin origin);

}  // namespace lobbyd::config
