#pragma once

// What the configuration says of the services, in their own terms.

#include "config/config.hpp"
#include "service/apps/host/apps.hpp"

#include <expected>
#include <string>
#include <vector>

namespace lobbyd {

// The error is a sentence for the operator.
std::expected<apps::AppsSettings, std::string> apps_settings(const config::Config& config);

// The topics that boards share with programs which speak MQTT themselves: see hub::ClosedNames.
std::vector<std::string> shared_filters(const apps::AppsSettings& settings);

}  // namespace lobbyd
