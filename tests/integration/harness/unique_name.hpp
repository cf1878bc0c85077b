#pragma once

#include <string>
#include <string_view>

namespace lobbyd::integration {

/// "PREFIX-PROCESS-COUNT": differs from every other one of this and of other test programs on the machine.
std::string unique_name(std::string_view prefix);

}  // namespace lobbyd::integration
