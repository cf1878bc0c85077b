#include "config/load.hpp"

#include "config/broker_profile.hpp"
#include "config/checks.hpp"
#include "config/environment.hpp"
#include "config/later.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/table_schema.hpp"
#include "config/text.hpp"
#include "config/toml_file.hpp"

#include <algorithm>
#include <ranges>
#include <set>
#include <unistd.h>

namespace lobbyd::config {

namespace {

constexpr std::string_view named_brokers = "brokers.";
constexpr std::size_t largest_password_file = std::size_t{64} * 1024;

std::string variable(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::vector<std::string> known_paths() {
  std::vector<std::string> paths;
  const auto add = [&](const auto& keys) {
    for (const auto& key : keys) {
      paths.emplace_back(key.path);
    }
  };
  add(schema());
  add(refused_keys());
  add(table_schema());
  return paths;
}

std::vector<std::string> known_sections() {
  std::set<std::string> names = {"rules", "brokers"};
  for (const std::string& path : known_paths()) {
    if (const std::string_view section = section_of(path); !section.empty()) {
      names.emplace(section);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> broker_key_names() {
  std::vector<std::string> names;
  for (const Key& key : schema()) {
    if (section_of(key.path) == "broker") {
      names.emplace_back(name_of(key.path));
    }
  }
  return names;
}

std::vector<Setting> command_line_settings(const CommandLine& command_line) {
  std::vector<Setting> settings;
  const auto add = [&](std::string_view path, std::string_view option, const std::string& text) {
    settings.push_back(
        text_setting(std::string(path), find_key(path)->kind, text,
                     {.source = "command line", .line = 0, .column = 0, .spelling = std::string(option)}));
  };
  if (!command_line.listen.empty()) {
    settings.push_back({.path = "listen",
                        .content = Value(command_line.listen),
                        .origin = {.source = "command line", .line = 0, .column = 0, .spelling = "--listen"}});
  }
  const auto add_optional = [&](std::string_view path, std::string_view option,
                                const std::optional<std::string>& text) {
    if (text) {
      add(path, option, *text);
    }
  };
  add_optional("admin", "--admin", command_line.admin);
  add_optional("broker.url", "--broker", command_line.broker);
  add_optional("data_dir", "--data-dir", command_line.data_dir);
  add_optional("threads", "--threads", command_line.threads);
  add_optional("log.level", "--log-level", command_line.log_level);
  add_optional("log.format", "--log-format", command_line.log_format);
  return settings;
}

/// Takes the settings of all sources, the weakest source first, and ends in a Config or in problems.
class Loader {
 public:
  void apply_all(const std::vector<Setting>& settings) {
    // The keys of an unknown section are not named one by one.
    std::string unknown_section;
    for (const Setting& setting : settings) {
      if (!unknown_section.empty() && setting.path.starts_with(unknown_section)) {
        continue;
      }
      if (!apply(setting)) {
        unknown_section = setting.path + ".";
      }
    }
  }

  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  void report(Problem problem) { problems_.push_back(std::move(problem)); }

  std::expected<Loaded, std::vector<Problem>> finish(const Environment& environment) {
    config_.auth.mode_chosen = origins_.contains("auth.mode");
    settle_data_dir(environment);
    fill_in_profile("broker", config_.broker);
    for (auto& [name, broker] : config_.brokers) {
      fill_in_profile("brokers." + name, broker);
    }
    for (const Conflict& conflict : find_conflicts(config_)) {
      report_conflict(conflict);
    }
    try_password("broker", config_.broker);
    for (const auto& [name, broker] : config_.brokers) {
      try_password("brokers." + name, broker);
    }
    if (!problems_.empty()) {
      return std::unexpected(std::move(problems_));
    }
    for (std::string& doubt : find_doubts(config_)) {
      warn(std::move(doubt));
    }
    return Loaded{std::move(config_), std::move(warnings_)};
  }

  std::vector<std::string> broker_names() const {
    const auto names = std::views::keys(config_.brokers);
    return {names.begin(), names.end()};
  }

 private:
  /// False after the header of a section that does not exist.
  bool apply(const Setting& setting) {
    origins_.insert_or_assign(setting.path, setting.origin);
    const Judgement judgement = judge(setting);
    switch (judgement.verdict) {
      case Verdict::harmless:
        return true;
      case Verdict::refused:
        report_at(setting.origin, judgement.message);
        return true;
      case Verdict::not_concerned:
        break;
    }
    if (const Key* key = find_key(setting.path)) {
      apply_to(*key, setting);
      return true;
    }
    if (is_table_array(setting.path)) {
      apply_table(setting);
      return true;
    }
    if (const Key* key = find_table_key(setting.path)) {
      apply_to(*key, setting);
      return true;
    }
    if (setting.path.starts_with(named_brokers)) {
      return apply_to_named_broker(setting);
    }
    return apply_outside_schema(setting);
  }

  /// [brokers.NAME] and its keys, which are those of [broker]. False where there is no such section, or cannot be.
  bool apply_to_named_broker(const Setting& setting) {
    const std::string_view inside = std::string_view(setting.path).substr(named_brokers.size());
    // A name that is no bare key stands in quotes, and its dots there.
    const std::size_t dot = inside.starts_with('"') ? inside.find('.', inside.rfind('"')) : inside.find('.');
    const std::string_view name = inside.substr(0, dot);
    const bool is_header = dot == std::string_view::npos;
    if (const auto wrong = check_broker_name(name)) {
      report_at(setting.origin, *wrong);
      return false;
    }
    if (is_header) {
      if (!std::holds_alternative<SectionHeader>(setting.content)) {
        report_at(setting.origin, "must be a section, headed [" + setting.path + "]");
        return false;
      }
      config_.brokers.try_emplace(std::string(name));
      return true;
    }
    const std::string_view key_name = inside.substr(dot + 1);
    const Key* key = find_key("broker." + std::string(key_name));
    if (key == nullptr) {
      report_at(setting.origin, "there is no such key" + did_you_mean(key_name, broker_key_names(), '\0'));
      return true;
    }
    Broker& broker = config_.brokers[std::string(name)];
    std::swap(config_.broker, broker);
    apply_to(*key, setting);
    std::swap(config_.broker, broker);
    return true;
  }

  /// [[boards]] or [[ice]].
  void apply_table(const Setting& setting) {
    const auto* value = std::get_if<Value>(&setting.content);
    if (std::holds_alternative<TableArray>(setting.content)) {
      begin_table(setting.path, config_);
    } else if (value == nullptr || *value != Value(TextList{})) {
      report_at(setting.origin, "must be an array of tables, each headed [[" + setting.path + "]]");
      begin_table(setting.path, config_);  // what follows is looked at all the same
    }
  }

  void fill_in_profile(const std::string& section, Broker& broker) {
    apply_profile(broker, [&](std::string_view name) { return origins_.contains(section + "." + std::string(name)); });
  }

  void try_password(const std::string& section, const Broker& broker) {
    if (broker.password.empty()) {
      if (const auto password = broker_password(broker); !password) {
        report_conflict({{section + ".password_file"}, password.error()});
      }
    }
  }

  void apply_to(const Key& key, const Setting& setting) {
    if (const auto* value = std::get_if<Value>(&setting.content)) {
      if (auto assigned = assign(key, config_, *value); !assigned) {
        report_at(setting.origin, std::move(assigned.error()));
      } else if (has_no_effect(key.path)) {
        warn_without_effect(setting);
      }
    } else if (const auto* unfit = std::get_if<Unfit>(&setting.content)) {
      report_at(setting.origin, wrong_type(key, unfit->what));
    } else {
      report_at(setting.origin, wrong_type(key, "a table"));
    }
  }

  /// Section headers, and what is unknown.
  bool apply_outside_schema(const Setting& setting) {
    const auto known = known_sections();
    const bool is_table = std::holds_alternative<SectionHeader>(setting.content);
    if (std::ranges::find(known, setting.path) != known.end()) {
      if (!is_table) {
        report_at(setting.origin, "must be a section, headed [" + setting.path + "]");
      }
      return true;
    }
    if (is_table || std::holds_alternative<TableArray>(setting.content)) {
      report_at(setting.origin, "there is no such section" + did_you_mean(setting.path, known, '.'));
      return false;
    }
    report_at(setting.origin, "there is no such key" + did_you_mean(setting.path, known_paths(), '.'));
    return true;
  }

  void warn_without_effect(const Setting& setting) {
    std::string warning = setting.origin.spelling + " has no effect in this version";
    if (std::ranges::find(warnings_, warning) == warnings_.end()) {
      warn(std::move(warning));
    }
  }

  void report_at(const Origin& origin, std::string message) {
    report({.source = origin.source,
            .line = origin.line,
            .column = origin.column,
            .key = origin.spelling,
            .message = std::move(message)});
  }

  /// Points to the first of the keys that some source has set. Where that is wrong in itself, it is enough to say so.
  void report_conflict(const Conflict& conflict) {
    for (const std::string& key : conflict.keys) {
      if (const auto origin = origins_.find(key); origin != origins_.end()) {
        const Origin& place = origin->second;
        const bool is_known = std::ranges::any_of(problems_, [&](const Problem& problem) {
          return problem.source == place.source && problem.line == place.line && problem.key == place.spelling;
        });
        return is_known ? void() : report_at(place, conflict.message);
      }
    }
    report({.source = "defaults", .line = 0, .column = 0, .key = conflict.keys.front(), .message = conflict.message});
  }

  void settle_data_dir(const Environment& environment) {
    if (config_.data_dir.empty()) {
      config_.data_dir = default_data_dir(environment, ::geteuid() == 0);
    }
    if (config_.data_dir.empty()) {
      report({.source = "environment",
              .line = 0,
              .column = 0,
              .key = "HOME",
              .message = "is not set, so that there is no place for the state: set data_dir"});
      return;
    }
    std::error_code error;
    auto absolute = std::filesystem::absolute(config_.data_dir, error);
    if (error) {
      report_conflict({{"data_dir"}, "cannot be made absolute: " + error.message()});
    } else {
      config_.data_dir = absolute.lexically_normal();
    }
  }

  Config config_;
  std::map<std::string, Origin, std::less<>> origins_;
  std::vector<Problem> problems_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::expected<Loaded, std::vector<Problem>> load(const CommandLine& command_line, const Environment& environment) {
  Loader loader;
  std::filesystem::path file = command_line.config_file;
  if (file.empty()) {
    file = variable(environment, "LOBBYD_CONFIG");
  }
  if (!file.empty()) {
    if (auto settings = read_toml_file(file)) {
      loader.apply_all(*settings);
    } else {
      loader.report(std::move(settings.error()));
    }
  }
  EnvironmentSettings variables = read_environment(environment, loader.broker_names());
  loader.apply_all(variables.settings);
  for (std::string& warning : variables.warnings) {
    loader.warn(std::move(warning));
  }
  loader.apply_all(command_line_settings(command_line));
  return loader.finish(environment);
}

std::expected<Config, std::string> with_passwords(Config config) {
  const auto resolve = [](Broker& broker) -> std::expected<void, std::string> {
    auto password = broker_password(broker);
    if (!password) {
      return std::unexpected(std::move(password.error()));
    }
    broker.password = std::move(*password);
    return {};
  };
  auto resolved = resolve(config.broker);
  for (auto broker = config.brokers.begin(); resolved && broker != config.brokers.end(); ++broker) {
    resolved = resolve(broker->second);
  }
  if (!resolved) {
    return std::unexpected(std::move(resolved.error()));
  }
  return config;
}

std::expected<std::string, std::string> broker_password(const Broker& broker) {
  if (broker.password_file.empty()) {
    return broker.password;
  }
  auto text = read_bounded(broker.password_file, largest_password_file);
  if (!text) {
    return std::unexpected(broker.password_file.string() + " " + text.error());
  }
  std::string password = text->substr(0, text->find('\n'));
  if (password.ends_with('\r')) {
    password.pop_back();
  }
  if (password.empty()) {
    return std::unexpected(broker.password_file.string() + " holds no password: its first line is empty");
  }
  if (auto error = check_credential(password)) {
    return std::unexpected(broker.password_file.string() + " holds no password: it " + *error);
  }
  return password;
}

std::filesystem::path default_data_dir(const Environment& environment, bool is_root) {
  const std::vector<std::string> state_directories = split(variable(environment, "STATE_DIRECTORY"), ':');
  if (!state_directories.empty()) {
    return state_directories.front();
  }
  const std::filesystem::path state_home = variable(environment, "XDG_STATE_HOME");
  if (state_home.is_absolute()) {  // a relative one is to be ignored, says the XDG Base Directory Specification
    return state_home / "lobbyd";
  }
  if (is_root) {
    return "/var/lib/lobbyd";
  }
  const std::filesystem::path home = variable(environment, "HOME");
  return home.empty() ? std::filesystem::path() : home / ".local/state/lobbyd";
}

}  // namespace lobbyd::config
