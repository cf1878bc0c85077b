#include "tests/unit/config/loading.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace lobbyd::config::testing {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "lobbyd-config-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("cannot make " + name);
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  EXPECT_FALSE(error) << error.message();
}

std::filesystem::path TemporaryDirectory::write(std::string_view name, std::string_view content) const {
  const std::filesystem::path file = path_ / name;
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

Environment plain_environment(Environment more) {
  more.emplace("HOME", "/home/operator");
  return more;
}

std::expected<Loaded, std::vector<Problem>> load_toml(std::string_view toml, Environment environment,
                                                      CommandLine command_line) {
  const TemporaryDirectory directory;
  command_line.config_file = directory.write("lobbyd.toml", toml);
  auto result = load(command_line, plain_environment(std::move(environment)));
  if (!result) {
    for (Problem& problem : result.error()) {
      if (problem.source == command_line.config_file) {
        problem.source = "lobbyd.toml";
      }
    }
  }
  return result;
}

Loaded loaded(std::string_view toml, Environment environment, CommandLine command_line) {
  auto result = load_toml(toml, std::move(environment), std::move(command_line));
  if (!result) {
    for (const Problem& problem : result.error()) {
      ADD_FAILURE() << to_string(problem);
    }
    return {};
  }
  return std::move(*result);
}

std::vector<std::string> problems(std::string_view toml, Environment environment, CommandLine command_line) {
  const auto result = load_toml(toml, std::move(environment), std::move(command_line));
  std::vector<std::string> lines;
  if (!result) {
    for (const Problem& problem : result.error()) {
      lines.push_back(to_string(problem));
    }
  }
  return lines;
}

}  // namespace lobbyd::config::testing
