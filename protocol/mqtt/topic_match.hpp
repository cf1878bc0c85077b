#pragma once

// Which topics a filter matches, and how filters relate to each other (MQTT5 §4.7.1, §4.7.2).
//
// All filters here are well formed and not shared: of a "$share/GROUP/FILTER" it is FILTER that matches
// (parse_shared). A filter that begins with a wildcard matches no topic that begins with '$'.

#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::mqtt {

bool matches(std::string_view filter, std::string_view topic);

// Whether `wide` matches every topic that `narrow` matches.
bool covers(std::string_view wide, std::string_view narrow);

// Whether there is a topic that both match.
bool overlaps(std::string_view a, std::string_view b);

// The narrowest filter that covers both: every filter that covers both covers it, too. Of filters that match the same
// topics the shorter is given ("#" for "+/#"). nullopt where no filter covers both, since no wildcard stands for a
// first level that begins with '$': "$SYS/load" and "a".
std::optional<std::string> join(std::string_view a, std::string_view b);

}  // namespace lobbyd::mqtt
