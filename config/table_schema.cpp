#include "config/table_schema.hpp"

#include "config/checks.hpp"

#include <algorithm>
#include <vector>

namespace lobbyd::config {

namespace {

/// Ties a key to a member of the last table: bind_last<&Config::boards, &Board::name>({.path = "boards.name", …}).
template <auto List, auto Member>
Key bind_last(Key key) {
  using Type = std::remove_cvref_t<decltype((std::declval<Config&>().*List).back().*Member)>;
  key.kind = Codec<Type>::kind;
  key.type_name = Codec<Type>::type_name;
  if constexpr (std::is_enum_v<Type>) {
    key.choices = alternatives(Codec<Type>::words());
  }
  key.read = [](const Config& config) { return Codec<Type>::encode((config.*List).back().*Member); };
  key.write = [](Config& config, const Value& value) -> std::expected<void, std::string> {
    auto decoded = Codec<Type>::decode(value);
    if (!decoded) {
      return std::unexpected(std::move(decoded.error()));
    }
    (config.*List).back().*Member = std::move(*decoded);
    return {};
  };
  return key;
}

std::vector<Key> board_keys() {
  return {
      bind_last<&Config::boards, &Board::name>(
          {.path = "boards.name",
           .description =
               "Which boards the table is for: a name, or a pattern in which * stands for any characters. Of "
               "several tables the first that fits counts. \"*\" lets clients make boards as they like.",
           .check = check_board_pattern}),
      bind_last<&Config::boards, &Board::order>(
          {.path = "boards.order", .description = "Which scores are better: higher ones (\"desc\") or lower ones."}),
      bind_last<&Config::boards, &Board::scoring>(
          {.path = "boards.operator",
           .description = "What becomes of a player's further scores: the \"best\" counts, the \"last\", or their "
                          "\"sum\"."}),
      bind_last<&Config::boards, &Board::submit>(
          {.path = "boards.submit",
           .description =
               "Who may submit: \"anyone\" for himself, or those alone whose token has the \"right\" scores, "
               "such as the game's server. Scores that players send themselves can be made up."}),
      bind_last<&Config::boards, &Board::reset>(
          {.path = "boards.reset", .description = "How often the board begins anew, at boards.time_zone's midnight."}),
      bind_last<&Config::boards, &Board::time_zone>(
          {.path = "boards.time_zone",
           .description = "Whose midnights these are: a name as \"Europe/Berlin\", daylight saving and all.",
           .check = check_time_zone}),
      bind_last<&Config::boards, &Board::topic>(
          {.path = "boards.topic",
           .description =
               "A topic in which the board is mirrored as plain numbers, both ways, for programs that speak MQTT to "
               "the "
               "broker themselves: \"{board}/{player}/score\". {player} must be there, {board} and {period} may, each "
               "a "
               "level of its own. Clients of lobbyd cannot publish or subscribe there. Empty for none; not for "
               "operator \"sum\"."}),
      bind_last<&Config::boards, &Board::max_entries>(
          {.path = "boards.max_entries",
           .description =
               "How many players a board keeps; the worst are dropped. Each takes about 300 bytes here, and a "
               "retained message in the broker.",
           .range = {1, 1'000'000}}),
      bind_last<&Config::boards, &Board::keep_periods>(
          {.path = "boards.keep_periods",
           .description = "How many periods before the current one stay readable; then their topics are cleared.",
           .range = {0, 1000}}),
  };
}

std::vector<Key> ice_keys() {
  return {
      bind_last<&Config::ice, &Ice::urls>({.path = "ice.urls",
                                           .description =
                                               "Addresses of one STUN or TURN server, as \"stun:stun.example.org\" or "
                                               "\"turn:turn.example.org:3478?transport=udp\".",
                                           .check = check_ice_urls}),
      bind_last<&Config::ice, &Ice::username>(
          {.path = "ice.username", .description = "The user name for a TURN server with fixed credentials."}),
      bind_last<&Config::ice, &Ice::credential>(
          {.path = "ice.credential",
           .description = "The password for ice.username. Every client is told it.",
           .secret = true}),
      bind_last<&Config::ice, &Ice::secret>(
          {.path = "ice.secret",
           .description =
               "The secret that is shared with the TURN server (coturn: static-auth-secret): each client gets "
               "credentials of its own, which hold for ice.ttl.",
           .secret = true}),
      bind_last<&Config::ice, &Ice::old_secret>(
          {.path = "ice.old_secret",
           .description = "While the secret is being replaced: the other one. Clients get credentials of both, "
                          "whichever of them the server knows.",
           .secret = true}),
      bind_last<&Config::ice, &Ice::ttl>(
          {.path = "ice.ttl",
           .description = "How long these credentials hold. A TURN server asks for them when a connection is made, and "
                          "again when it is renewed: a day outlasts most games.",
           .range = {60, 2'592'000}}),
  };
}

}  // namespace

std::span<const Key> table_schema() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all = board_keys();
    std::ranges::copy(ice_keys(), std::back_inserter(all));
    return all;
  }();
  return keys;
}

const Key* find_table_key(std::string_view path) {
  const auto found = std::ranges::find(table_schema(), path, &Key::path);
  return found == table_schema().end() ? nullptr : &*found;
}

bool is_table_array(std::string_view name) {
  return name == "boards" || name == "ice";
}

std::string_view describe_table(std::string_view name) {
  return name == "boards" ? "High scores: a table for each kind of board. Without any there is one for all names, with "
                            "the defaults."
                          : "STUN and TURN servers, of which clients are told that join a signalling room: a table for "
                            "each.";
}

void begin_table(std::string_view name, Config& config) {
  if (name == "boards") {
    config.boards.emplace_back();
  } else {
    config.ice.emplace_back();
  }
}

std::vector<Config> each_table(std::string_view name, const Config& config) {
  std::vector<Config> each;
  const auto add = [&](const auto& tables, auto member) {
    for (const auto& table : tables) {
      each.emplace_back();
      (each.back().*member).push_back(table);
    }
  };
  if (name == "boards") {
    add(config.boards, &Config::boards);
  } else {
    add(config.ice, &Config::ice);
  }
  return each;
}

}  // namespace lobbyd::config
