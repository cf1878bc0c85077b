#pragma once

// What the configuration says of the services, in their own terms.

#include "config/config.hpp"
#include "config/problem.hpp"
#include "service/apps/host/apps.hpp"

#include <expected>
#include <string>
#include <vector>

namespace lobbyd {

// What is wrong with a board is found here, since time zones and the templates of topics are the services' own.
std::expected<apps::AppsSettings, config::Problem> apps_settings(const config::Config& config);

// The topics that boards share with programs which speak MQTT themselves: see hub::ClosedNames.
std::vector<std::string> shared_filters(const apps::AppsSettings& settings);

}  // namespace lobbyd
