#include "config/environment.hpp"

#include "config/key.hpp"
#include "config/later.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"

#include <map>
#include <unistd.h>

namespace lobbyd::config {

namespace {

struct Twin {
  std::string path;
  Kind kind;
};

/// Every key by its variable's name.
std::map<std::string, Twin, std::less<>> twins() {
  std::map<std::string, Twin, std::less<>> result;
  for (const Key& key : schema()) {
    result.emplace(environment_name(key.path), Twin{std::string(key.path), key.kind});
  }
  for (const RefusedKey& key : refused_keys()) {
    result.emplace(environment_name(key.path), Twin{std::string(key.path), kind_of(key.harmless)});
  }
  return result;
}

}  // namespace

Setting text_setting(std::string path, Kind kind, const std::string& text, Origin origin) {
  Setting setting{.path = std::move(path), .content = Unfit{shown_text(text)}, .origin = std::move(origin)};
  if (!is_utf8(text)) {
    return setting;
  }
  if (auto value = parse_value(kind, text)) {
    setting.content = std::move(*value);
  }
  return setting;
}

EnvironmentSettings read_environment(const Environment& environment) {
  const auto known = twins();
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const auto& [name, twin] : known) {
    names.push_back(name);
  }
  EnvironmentSettings result;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with("LOBBYD_") || name == "LOBBYD_CONFIG") {
      continue;
    }
    if (const auto twin = known.find(name); twin != known.end()) {
      result.settings.push_back(text_setting(twin->second.path, twin->second.kind, text,
                                             {.source = "environment", .line = 0, .column = 0, .spelling = name}));
    } else {
      result.warnings.push_back("environment: " + name + " belongs to no configuration key" +
                                did_you_mean(name, names, '\0'));
    }
  }
  return result;
}

Environment process_environment() {
  Environment variables;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

}  // namespace lobbyd::config
