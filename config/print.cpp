#include "config/print.hpp"

#include "config/key.hpp"
#include "config/later.hpp"
#include "config/schema.hpp"
#include "config/table_schema.hpp"
#include "config/text.hpp"

namespace lobbyd::config {

namespace {

constexpr std::size_t line_width = 100;

constexpr std::string_view introduction =
    "The configuration of lobbyd: every key, with what it does and why its default is what it is. Lines that are "
    "commented out say what holds without them. Variables of the environment (named at each key) win over this file, "
    "and the command line wins over both. Whatever is misspelt or impossible stops the start with a message; "
    "lobbyd --check-config tries that without starting anything.";

/// Whether the line is to stand in the file as a comment.
bool is_commented_out(const Key& key, const Config& config) {
  const Value value = key.read(config);
  if (value == key.read(Config{})) {
    // To name the mode is a decision, and a printed file must not make it for its reader; and a line for a key without
    // effect brings a warning.
    return (key.path == "auth.mode" && !config.auth.mode_chosen) || has_no_effect(key.path);
  }
  return key.secret;
}

std::string key_text(const Key& key, const Config& config) {
  std::string facts = "(" + std::string(key.type_name);
  if (const std::string allowed = allowed_values(key); !allowed.empty()) {
    facts += ", " + allowed;
  }
  facts += "; " + environment_name(key.path) + ")";
  std::string text = "\n" + wrapped(key.description, "# ", line_width) + wrapped(facts, "# ", line_width);
  if (has_no_effect(key.path)) {
    text += "# It has no effect in this version.\n";
  }
  const Value value = key.read(config);
  const bool hidden = key.secret && value != key.read(Config{});
  return text + (is_commented_out(key, config) ? "# " : "") + std::string(name_of(key.path)) + " = " +
         (hidden ? "(set, not shown)" : to_toml(value)) + "\n";
}

/// Those sections show only what differs from the defaults, which stand in [broker] above.
std::string named_brokers(const Config& config) {
  std::string text = "\n\n" + wrapped(describe_named_brokers(), "# ", line_width);
  if (config.brokers.empty()) {
    text += "# [brokers.NAME]\n# url = \"tcp://HOST:1883\"\n";
  }
  for (const auto& [name, broker] : config.brokers) {
    Config described = config;
    described.broker = broker;
    text += "[brokers." + name + "]\n";
    for (const Key& key : schema()) {
      const Value value = key.read(described);
      if (section_of(key.path) == "broker" && value != key.read(Config{})) {
        text += (key.secret ? "# " : "") + std::string(name_of(key.path)) + " = " +
                (key.secret ? "(set, not shown)" : to_toml(value)) + "\n";
      }
    }
  }
  return text;
}

/// What differs from the defaults; a table as an example where there is none.
std::string tables(std::string_view name, const Config& config) {
  const std::string header = "[[" + std::string(name) + "]]\n";
  std::string text = "\n\n" + wrapped(describe_table(name), "# ", line_width);
  Config defaults;
  begin_table(name, defaults);
  const std::vector<Config> each = each_table(name, config);
  if (each.empty()) {
    text += "# " + header;
  }
  for (const Config& described : each.empty() ? std::vector{defaults} : each) {
    text += each.empty() ? "" : "\n" + header;
    for (const Key& key : table_schema()) {
      if (section_of(key.path) != name) {
        continue;
      }
      const Value value = key.read(described);
      const bool differs = value != key.read(defaults);
      if (each.empty()) {
        text += "#\n" + wrapped(key.description, "# ", line_width) + "# " + std::string(name_of(key.path)) + " = " +
                to_toml(value) + "\n";
      } else if (differs) {
        text += (key.secret ? "# " : "") + std::string(name_of(key.path)) + " = " +
                (key.secret ? "(set, not shown)" : to_toml(value)) + "\n";
      }
    }
  }
  return text;
}

}  // namespace

std::string print(const Config& config) {
  std::string text = wrapped(introduction, "# ", line_width);
  std::string_view section;
  for (const Key& key : schema()) {
    if (section_of(key.path) != section) {
      text += section == "broker" ? named_brokers(config) : "";
      text += section == "rooms" ? tables("boards", config) + tables("ice", config) : "";
      section = section_of(key.path);
      text += "\n\n" + wrapped(describe_section(section), "# ", line_width) + "[" + std::string(section) + "]\n";
    }
    text += key_text(key, config);
  }
  return text;
}

std::string print_default() {
  return print(Config{});
}

}  // namespace lobbyd::config
