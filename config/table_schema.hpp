#pragma once

#include "config/key.hpp"

#include <span>
#include <string_view>

/// The keys of the tables that may be there several times, [[boards]] and [[ice]]. They are as those of the schema, but
/// for this: they are read and written in the last of their tables, and have no variables in the environment.
namespace lobbyd::config {

/// Those of one table stand together.
std::span<const Key> table_schema();

/// None if there is no such key.
const Key* find_table_key(std::string_view path);

bool is_table_array(std::string_view name);
std::string_view describe_table(std::string_view name);

/// Another one, at the end, with its defaults.
void begin_table(std::string_view name, Config& config);

/// Each of them as the only one of its kind.
std::vector<Config> each_table(std::string_view name, const Config& config);

}  // namespace lobbyd::config
