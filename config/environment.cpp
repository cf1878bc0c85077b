#include "config/environment.hpp"

#include "config/key.hpp"
#include "config/later.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
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

constexpr std::string_view broker_section = "broker.";
constexpr std::string_view named_brokers = "LOBBYD_BROKERS_";

/// Variables may not hold every character of a name.
std::string variable_part(std::string_view broker) {
  std::string part = environment_name(broker).substr(environment_name("").size());
  std::ranges::replace(part, '-', '_');
  return part;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// Of LOBBYD_BROKERS_NAME_KEY: the longest key that fits, as "password_file" is one and "file" none.
std::optional<Twin> named_broker_twin(std::string_view variable, const std::vector<std::string>& brokers) {
  if (!variable.starts_with(named_brokers)) {
    return std::nullopt;
  }
  const std::string_view rest = variable.substr(named_brokers.size());
  std::string_view name;
  const Key* longest = nullptr;
  for (const Key& key : schema()) {
    const std::string ending = "_" + variable_part(name_of(key.path));
    if (key.path.starts_with(broker_section) && rest.size() > ending.size() && rest.ends_with(ending) &&
        (longest == nullptr || longest->path.size() < key.path.size())) {
      longest = &key;
      name = rest.substr(0, rest.size() - ending.size());
    }
  }
  if (longest == nullptr) {
    return std::nullopt;
  }
  const auto known =
      std::ranges::find_if(brokers, [&](const std::string& broker) { return variable_part(broker) == name; });
  const std::string broker = known == brokers.end() ? lower_case(std::string(name)) : *known;
  return Twin{"brokers." + broker + "." + std::string(name_of(longest->path)), longest->kind};
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

EnvironmentSettings read_environment(const Environment& environment, const std::vector<std::string>& brokers) {
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
    const auto found = known.find(name);
    const auto twin = found == known.end() ? named_broker_twin(name, brokers) : std::optional(found->second);
    if (twin) {
      result.settings.push_back(text_setting(twin->path, twin->kind, text,
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
