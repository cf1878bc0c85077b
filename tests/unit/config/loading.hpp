#pragma once

#include "config/load.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::config::testing {

/// A directory that goes with its object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path write(std::string_view name, std::string_view content) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// An environment in which every default can be found.
Environment plain_environment(Environment more = {});

std::expected<Loaded, std::vector<Problem>> load_toml(std::string_view toml, Environment environment = {},
                                                      CommandLine command_line = {});

/// What must load; a failed expectation names the problems if it does not.
Loaded loaded(std::string_view toml, Environment environment = {}, CommandLine command_line = {});

/// What must not load: the problems as they are printed, the file being called lobbyd.toml.
std::vector<std::string> problems(std::string_view toml, Environment environment = {}, CommandLine command_line = {});

}  // namespace lobbyd::config::testing
