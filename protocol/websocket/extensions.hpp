#pragma once

// What a client offers in Sec-WebSocket-Extensions (RFC 6455 §9.1), and whether permessage-deflate is agreed upon
// (RFC 7692 §7.1). Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::websocket {

struct ExtensionOffer {
  struct Parameter {
    std::string name;
    std::optional<std::string> value;  // without quotes
    bool operator==(const Parameter&) const = default;
  };

  std::string name;
  std::vector<Parameter> parameters;
  bool operator==(const ExtensionOffer&) const = default;
};

// `header`: the values of all headers of that name, joined by commas. In the client's order, the one that it likes best
// first. Nothing where it breaks the grammar: such a handshake is refused.
std::optional<std::vector<ExtensionOffer>> parse_extensions(std::string_view header);

// What is agreed upon for one connection. Neither side keeps what it compressed before: without the answer's two
// `no_context_takeover` each client would need a compressor and a decompressor of its own.
struct DeflateAgreement {
  int window_bits = 15;  // of what the server compresses; what the client compresses is taken with any
  std::string answer;    // Sec-WebSocket-Extensions
};

// From the first offer that can be taken; nothing where there is none, and the connection goes on without.
//
// A client that cannot take the largest window is given the next smaller one of 15, 12 and 9 bits, so that a message
// for many clients is compressed three times at most. One that asks for 8 is declined: zlib cannot do that.
std::optional<DeflateAgreement> agree_on_deflate(const std::vector<ExtensionOffer>& offers);

}  // namespace lobbyd::websocket
