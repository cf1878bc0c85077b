#pragma once

#include "config/key.hpp"

#include <span>
#include <string_view>

/// The one table that everything about the configuration follows from: loading, the environment's variables, checking,
/// printing and the reference. A new key is a member in config.hpp and a row here.
namespace lobbyd::config {

/// In the order in which they are printed; keys of one section stand together, those without a section come first.
std::span<const Key> schema();

/// None if there is no such key.
const Key* find_key(std::string_view path);

/// A sentence on a section; every section of the schema has one.
std::string_view describe_section(std::string_view section);

/// On [brokers.NAME], whose keys are those of [broker].
std::string_view describe_named_brokers();

/// "limits" of "limits.max_qos"; empty for keys without a section.
std::string_view section_of(std::string_view path);

/// "max_qos" of "limits.max_qos".
std::string_view name_of(std::string_view path);

}  // namespace lobbyd::config
