#include "service/apps/signalling/peerjs_protocol.hpp"

#include "protocol/websocket/utf8.hpp"
#include "service/apps/record_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lobbyd::apps {
namespace {

constexpr std::array words{
    std::pair{PeerJsType::open, std::string_view("OPEN")},
    std::pair{PeerJsType::id_taken, std::string_view("ID-TAKEN")},
    std::pair{PeerJsType::error, std::string_view("ERROR")},
    std::pair{PeerJsType::heartbeat, std::string_view("HEARTBEAT")},
    std::pair{PeerJsType::offer, std::string_view("OFFER")},
    std::pair{PeerJsType::answer, std::string_view("ANSWER")},
    std::pair{PeerJsType::candidate, std::string_view("CANDIDATE")},
    std::pair{PeerJsType::leave, std::string_view("LEAVE")},
    std::pair{PeerJsType::expire, std::string_view("EXPIRE")},
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// application/x-www-form-urlencoded (WHATWG URL §5.1): what is no escape stands for itself.
std::string decode_form(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const char* const digits = text.data() + at + 1;
    if (text[at] == '%' && text.size() - at > 2 && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      at += 2;
    } else {
      decoded += text[at] == '+' ? ' ' : text[at];
    }
  }
  return decoded;
}

// The last of several.
std::string find_parameter(std::string_view query, std::string_view name) {
  std::string value;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && decode_form(pair.substr(0, equals)) == name) {
      value = decode_form(pair.substr(equals + 1));
    }
  }
  return value;
}

std::optional<PeerJsType> client_type(std::string_view text) {
  const auto found = std::ranges::find(words, text, [](const auto& entry) { return entry.second; });
  const bool is_clients = found != words.end() && found->first >= PeerJsType::heartbeat;
  return is_clients ? std::optional(found->first) : std::nullopt;
}

std::string with_message(PeerJsType type, std::string_view message) {
  return RecordWriter().text("type", word(type)).json("payload", RecordWriter().text("msg", message).take()).take();
}

}  // namespace

std::string_view word(PeerJsType type) {
  return words[static_cast<std::size_t>(type)].second;
}

std::string_view text(PeerJsFault fault) {
  switch (fault) {
    case PeerJsFault::invalid_parameters:
      return "No id, token, or key supplied to websocket server";
    case PeerJsFault::invalid_key:
      return "Invalid key provided";
    case PeerJsFault::invalid_id:
      return "Invalid id provided";
    case PeerJsFault::too_many:
      return "Server has reached its concurrent user limit";
  }
  return {};
}

bool is_peerjs_id(std::string_view id) {
  if (id.empty() || id.size() > max_peerjs_id_bytes || !is_alphanumeric(id.back())) {
    return false;
  }
  bool between = true;  // where a separator may not stand
  for (const char c : id) {
    const bool separates = std::string_view(" _-").contains(c);
    if ((separates && between) || (!separates && !is_alphanumeric(c))) {
      return false;
    }
    between = separates;
  }
  return true;
}

std::expected<PeerJsClient, PeerJsFault> read_peerjs_query(std::string_view query, std::string_view key) {
  PeerJsClient client{.id = find_parameter(query, "id"), .token = find_parameter(query, "token")};
  const std::string given = find_parameter(query, "key");
  if (client.id.empty() || client.token.empty() || given.empty()) {
    return std::unexpected(PeerJsFault::invalid_parameters);
  }
  if (given != key) {
    return std::unexpected(PeerJsFault::invalid_key);
  }
  if (!is_peerjs_id(client.id) || client.token.size() > max_peerjs_token_bytes ||
      !websocket::is_valid_utf8(client.token)) {
    return std::unexpected(PeerJsFault::invalid_id);
  }
  return client;
}

std::optional<PeerJsMessage> read_peerjs(api::JsonReader& reader, std::string_view text) {
  const auto value = reader.read(text);
  if (!value || !(*value)->is<api::JsonValue::Object>()) {
    return std::nullopt;
  }
  const auto text_of = [&](std::string_view name) {
    const api::JsonValue* member = api::find_member(**value, name);
    const auto* content = member == nullptr ? nullptr : member->get_if<std::string_view>();
    return content == nullptr ? std::string_view() : *content;
  };
  const auto type = client_type(text_of("type"));
  if (!type) {
    return std::nullopt;
  }
  PeerJsMessage message{.type = *type, .destination = std::string(text_of("dst"))};
  if (const api::JsonValue* payload = api::find_member(**value, "payload")) {
    api::append_json(message.payload, *payload);
  }
  const bool fits =
      message.destination.size() <= max_peerjs_id_bytes && message.payload.size() <= max_peerjs_payload_bytes;
  return fits ? std::optional(std::move(message)) : std::nullopt;
}

std::string write_peerjs_open() {
  return RecordWriter().text("type", word(PeerJsType::open)).take();
}

std::string write_peerjs_id_taken() {
  return with_message(PeerJsType::id_taken, "ID is taken");
}

std::string write_peerjs_error(std::string_view message) {
  return with_message(PeerJsType::error, message);
}

std::string write_peerjs(std::string_view source, const PeerJsMessage& message) {
  RecordWriter fields;
  fields.text("type", word(message.type)).text("src", source).text("dst", message.destination);
  if (!message.payload.empty()) {
    fields.json("payload", message.payload);
  }
  return fields.take();
}

}  // namespace lobbyd::apps
