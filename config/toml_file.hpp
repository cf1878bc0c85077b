#pragma once

#include "config/problem.hpp"
#include "config/setting.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::config {

/// Reads a file of at most 1 MiB into its settings, in the order of its lines. The problem is a file that cannot be
/// read, or TOML that is malformed; whether the keys exist is not looked at.
std::expected<std::vector<Setting>, Problem> read_toml_file(const std::filesystem::path& file);

/// The same for a text; `source` names it in origins and problems.
std::expected<std::vector<Setting>, Problem> parse_toml(std::string_view text, const std::string& source);

/// At most `limit` bytes of a file. The error is a sentence.
std::expected<std::string, std::string> read_bounded(const std::filesystem::path& file, std::size_t limit);

}  // namespace lobbyd::config
