#include "config/key.hpp"
#include "config/later.hpp"
#include "config/print.hpp"
#include "config/schema.hpp"
#include "config/table_schema.hpp"
#include "config/text.hpp"
#include "config/usage.hpp"

namespace lobbyd::config {

namespace {

constexpr std::size_t line_width = 120;

constexpr std::string_view introduction = R"(# Configuration

<!-- Generated from config/schema.cpp: cmake --build BUILD --target config_documents -->

lobbyd needs no configuration to start: every key has a default. What is to be different is said in a TOML file, in the
environment, or on the command line.

## Where settings come from

1. The defaults.
2. A file in [TOML](https://toml.io), named by `--config FILE` or by the variable `LOBBYD_CONFIG`. Without either, no file
   is read. [`config/lobbyd.toml`](../config/lobbyd.toml) holds every key with its default, to start from.
3. The environment. The key `max_clients` of the section `[limits]` is `LOBBYD_LIMITS_MAX_CLIENTS`, the key `listen` is
   `LOBBYD_LISTEN`. Lists are comma-separated: `LOBBYD_LISTEN=127.0.0.1:8787,[::1]:8787`. An empty variable is an empty
   value, not an absent one. Variables that begin with `LOBBYD_` and belong to no key are warned of.
4. The command line.

Each wins over those before it.

## When something is wrong

An unknown key, a wrong type or an impossible value stops the start with exit status 2. All mistakes of all sources are
named at once, on standard error, each with its place and what would be right:

```
lobbyd.toml:12: limits.max_qos: must be 0, 1 or 2, not 7
lobbyd.toml:15: limits.max_client: there is no such key; did you mean limits.max_clients?
environment: LOBBYD_LOG_LEVEL: must be "trace", "debug", "info", "warning" or "error", not "loud"
```

`lobbyd --check-config` looks for mistakes without starting anything. `lobbyd --print-config` prints the configuration
in force, from all sources, as a file that can be loaded again; passwords are left out.

## Running it

- **Ready**: one line on standard output, `lobbyd ready listen=… admin=…`; everything else goes to standard error.
- **SIGTERM, SIGINT**: clients are told (`drain`) and closed one after the other within `drain.seconds`, wills are published,
  the embedded broker saves and ends; exit status 0. A second signal ends the daemon at once, with status 1. Allow
  `drain.seconds` + 15 s before a SIGKILL. SIGHUP reads the
  certificates for the broker again.
- **Exit status**: 1 where it could not start (an address in use, a data directory in use) or another daemon of its name
  serves on the broker, 2 for a wrong configuration.
- **Health**: the admin listener's `/healthz` says that the process serves, whatever the broker does; it is 503 when an
  event loop has not turned for 5 s, or does not answer where that is its own. `/readyz` is 503 while there is no broker,
  a drain is under way, or `limits.memory` is exceeded. `lobbyd healthcheck` asks `/healthz` of the address that file and
  environment give (or `--admin`), and waits 5 s at most.
- **systemd**: [deploy/lobbyd.service](../deploy/lobbyd.service). The daemon says when it is ready, reloads, stops, how many
  clients there are, and that its event loops turn (`Type=notify`, `WatchdogSec`).
- **Open files**: each client takes one. lobbyd raises its soft limit to the hard one, and keeps 128 for itself; when the
  rest is used up, new connections wait, and the log says what to raise.
- **What to back up**: in `data_dir`, `instance` (the daemon's name among those on the broker) and `broker/mosquitto.db`.
- **Behind a TLS proxy** on the same machine: leave `Host` as the proxy makes it for the upstream (nginx: 127.0.0.1:8787, no
  `proxy_set_header Host`), allow the page, `[origins] allow = ["https://game.example.org"]`, pass on `Upgrade` and
  `Connection` over HTTP/1.1, and let the proxy wait longer for data than `limits.keepalive_seconds`.
  `limits.max_clients_per_ip` then counts the proxy: `X-Forwarded-For` is not read.
- **Refused connections** (full, no memory, a foreign origin or `Host`) are logged as warnings, at most once a minute for each cause, with their number.

## Command line

```
)";

/// Without this, two asterisks make what stands between them slanted.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character == '*' || character == '~') {
      result += '\\';
    }
    result += character;
  }
  return result;
}

std::string key_reference(const Key& key) {
  std::string type = std::string(key.type_name);
  if (const std::string allowed = allowed_values(key); !allowed.empty()) {
    type += ": " + allowed;
  }
  const Value value = key.read(Config{});
  std::string text = "### `" + std::string(key.path) + "`\n\n";
  text += "| type | default | environment |\n| --- | --- | --- |\n";
  text += "| " + type + " | `" + to_toml(value) + "` | `" + environment_name(key.path) + "` |\n\n";
  text += wrapped(escaped(key.description), "", line_width);
  if (has_no_effect(key.path)) {
    text += "\n**It has no effect in this version**; to set it brings a warning.\n";
  }
  return text + "\n";
}

std::string table_reference(std::string_view name) {
  Config defaults;
  begin_table(name, defaults);
  std::string text = "## `[[" + std::string(name) + "]]`\n\n" + wrapped(describe_table(name), "", line_width) + "\n";
  text += "| key | type | default | |\n| --- | --- | --- | --- |\n";
  for (const Key& key : table_schema()) {
    if (section_of(key.path) == name) {
      const std::string allowed = allowed_values(key);
      text += "| `" + std::string(name_of(key.path)) + "` | " + std::string(key.type_name) +
              (allowed.empty() ? "" : ": " + allowed) + " | `" + to_toml(key.read(defaults)) + "` | " +
              escaped(key.description) + " |\n";
    }
  }
  return text + "\n";
}

std::string missing_features() {
  std::string text = "## Not in this version\n\n";
  text += wrapped(
      "These keys belong to features that are not there yet. As somebody may rely on them for safety, lobbyd does not "
      "ignore them but refuses to start when one is set:",
      "", line_width);
  text += "\n";
  for (const RefusedKey& key : refused_keys()) {
    text += "- `" + std::string(key.path) + "` (other than `" + to_toml(key.harmless) + "`)\n";
  }
  text += "- `auth.mode = \"token\"`\n- `[[rules]]`\n";
  return text;
}

}  // namespace

std::string reference_markdown() {
  std::string text(introduction);
  text += usage() + "```\n\n## Keys without a section\n\n";
  text += "They stand at the top of the file, before the first section.\n\n";
  std::string_view section;
  for (const Key& key : schema()) {
    if (section_of(key.path) != section) {
      if (section == "broker") {
        text += "## `[brokers.NAME]`\n\n" + wrapped(escaped(describe_named_brokers()), "", line_width) + "\n";
      } else if (section == "rooms") {
        text += table_reference("boards") + table_reference("ice");
      }
      section = section_of(key.path);
      text += "## `[" + std::string(section) + "]`\n\n" + wrapped(describe_section(section), "", line_width) + "\n";
    }
    text += key_reference(key);
  }
  return text + missing_features();
}

}  // namespace lobbyd::config
