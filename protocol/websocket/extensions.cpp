#include "protocol/websocket/extensions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lobbyd::websocket {
namespace {

constexpr int smallest_window_bits = 8;
constexpr int largest_window_bits = 15;

// RFC 2616 §2.2, whose grammar RFC 6455 uses.
bool is_token_character(char character) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={}";
  return character > ' ' && character < '\x7f' && !separators.contains(character);
}

// The grammar's rules, each of which takes what it stands for from the front, and the white space behind it.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { skip_space(); }

  bool at_end() const { return text_.empty(); }

  bool take(char character) {
    if (!text_.starts_with(character)) {
      return false;
    }
    text_.remove_prefix(1);
    skip_space();
    return true;
  }

  // Empty: there is none.
  std::string token() {
    const auto end = std::ranges::find_if_not(text_, is_token_character);
    std::string token(text_.begin(), end);
    text_.remove_prefix(token.size());
    skip_space();
    return token;
  }

  // A quoted one must be a token, too, without its quotes (RFC 6455 §9.1).
  std::string value() { return text_.starts_with('"') ? quoted_token() : token(); }

 private:
  void skip_space() { text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size())); }

  std::string quoted_token() {
    std::string token;
    for (std::size_t at = 1; at < text_.size(); ++at) {
      if (text_[at] == '"') {
        text_.remove_prefix(at + 1);
        skip_space();
        return token;
      }
      if (text_[at] == '\\') {
        ++at;
      }
      if (at == text_.size() || !is_token_character(text_[at])) {
        break;
      }
      token.push_back(text_[at]);
    }
    return {};
  }

  std::string_view text_;
};

std::optional<ExtensionOffer> read_offer(Reader& reader) {
  ExtensionOffer offer{.name = reader.token(), .parameters = {}};
  if (offer.name.empty()) {
    return std::nullopt;
  }
  while (reader.take(';')) {
    ExtensionOffer::Parameter parameter{.name = reader.token(), .value = {}};
    if (reader.take('=')) {
      parameter.value = reader.value();
    }
    if (parameter.name.empty() || parameter.value == "") {
      return std::nullopt;
    }
    offer.parameters.push_back(std::move(parameter));
  }
  return offer;
}

// RFC 7692 §7.1.2.1: 8 to 15, without leading zeros.
std::optional<int> window_bits(std::string_view value) {
  for (int bits = smallest_window_bits; bits <= largest_window_bits; ++bits) {
    if (value == std::to_string(bits)) {
      return bits;
    }
  }
  return std::nullopt;
}

// The largest of ours that is not above `bits`; 0: there is none.
int our_window(int bits) {
  constexpr std::array ours{15, 12, 9};
  const auto found = std::ranges::find_if(ours, [&](int window) { return window <= bits; });
  return found == ours.end() ? 0 : *found;
}

// The parameters of one offer: each may be there once.
struct Wishes {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_window;
  std::optional<int> client_window;

  // False where it is none that RFC 7692 knows, has a wrong value, or comes again (§7.1).
  bool take(const ExtensionOffer::Parameter& parameter) {
    if (parameter.name == "server_no_context_takeover") {
      return !parameter.value && !std::exchange(server_no_context_takeover, true);
    }
    if (parameter.name == "client_no_context_takeover") {
      return !parameter.value && !std::exchange(client_no_context_takeover, true);
    }
    if (parameter.name == "server_max_window_bits") {
      return parameter.value && take_window(server_window, *parameter.value);
    }
    if (parameter.name == "client_max_window_bits") {
      // Without a value the client says that it lets the server choose (§7.1.2.2).
      return take_window(client_window, parameter.value.value_or(std::to_string(largest_window_bits)));
    }
    return false;
  }

  static bool take_window(std::optional<int>& window, std::string_view value) {
    if (window) {
      return false;
    }
    window = window_bits(value);
    return window.has_value();
  }
};

std::optional<DeflateAgreement> accept(const ExtensionOffer& offer) {
  Wishes wishes;
  if (offer.name != "permessage-deflate" ||
      !std::ranges::all_of(offer.parameters, [&](const auto& parameter) { return wishes.take(parameter); })) {
    return std::nullopt;
  }
  DeflateAgreement agreement{.window_bits = our_window(wishes.server_window.value_or(largest_window_bits)),
                             .answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"};
  if (agreement.window_bits == 0) {
    return std::nullopt;
  }
  if (wishes.server_window) {
    agreement.answer += "; server_max_window_bits=" + std::to_string(agreement.window_bits);
  }
  return agreement;
}

}  // namespace

std::optional<std::vector<ExtensionOffer>> parse_extensions(std::string_view header) {
  std::vector<ExtensionOffer> offers;
  Reader reader(header);
  // A list may have empty elements (RFC 2616 §2.1).
  while (!reader.at_end()) {
    if (reader.take(',')) {
      continue;
    }
    auto offer = read_offer(reader);
    if (!offer || !(reader.at_end() || reader.take(','))) {
      return std::nullopt;
    }
    offers.push_back(std::move(*offer));
  }
  return offers;
}

std::optional<DeflateAgreement> agree_on_deflate(const std::vector<ExtensionOffer>& offers) {
  for (const ExtensionOffer& offer : offers) {
    if (auto agreement = accept(offer)) {
      return agreement;
    }
  }
  return std::nullopt;
}

}  // namespace lobbyd::websocket
