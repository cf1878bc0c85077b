#include "protocol/websocket/extensions.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace lobbyd::websocket {

void PrintTo(const ExtensionOffer& offer, std::ostream* out) {
  *out << offer.name;
  for (const auto& [name, value] : offer.parameters) {
    *out << ";" << name << "=" << value.value_or("(none)");
  }
}

namespace {

using Offers = std::vector<ExtensionOffer>;

TEST(Extensions, AreReadInTheirOrder) {
  EXPECT_EQ(parse_extensions("foo, bar; baz=2"),
            (Offers{{.name = "foo", .parameters = {}}, {.name = "bar", .parameters = {{"baz", "2"}}}}));
  EXPECT_EQ(parse_extensions("a;b;c=d;b=\"e\""),
            (Offers{{.name = "a", .parameters = {{"b", std::nullopt}, {"c", "d"}, {"b", "e"}}}}));
}

TEST(Extensions, MayHaveSpaceBetweenAllParts) {
  const Offers offers{{.name = "a", .parameters = {{"b", "c"}}}, {.name = "d", .parameters = {}}};
  EXPECT_EQ(parse_extensions("a;b=c,d"), offers);
  EXPECT_EQ(parse_extensions(" \ta ;\t b = c , d\t "), offers);
  EXPECT_EQ(parse_extensions("a ; b = \"c\" , d"), offers);
}

TEST(Extensions, MayBeQuotedTokens) {
  EXPECT_EQ(parse_extensions(R"(a;b="c\d\e")"), (Offers{{.name = "a", .parameters = {{"b", "cde"}}}}));
  for (const std::string bad : {R"(a;b="")", R"(a;b=" c")", R"(a;b="c,d")", R"(a;b="c\"d")", R"(a;b="c)", R"(a;b="c\)",
                                R"(a;b="c"d)", R"("a";b)", R"(a;"b"=c)"}) {
    EXPECT_FALSE(parse_extensions(bad)) << bad;
  }
}

TEST(Extensions, MayHaveEmptyElements) {
  const Offers offers{{.name = "a", .parameters = {}}, {.name = "b", .parameters = {}}};
  EXPECT_EQ(parse_extensions(", a, ,,b ,"), offers);
  EXPECT_EQ(parse_extensions(""), Offers{});
  EXPECT_EQ(parse_extensions(" , "), Offers{});
}

TEST(Extensions, ThatBreakTheGrammarAreRefused) {
  for (const std::string bad : {";", "=", "a;", "a;;b", "a;b=", "a;=b", "a b", "a=b", "a;b=c d", "a;b==c", "a;b=c=d",
                                "a/b", "a;b=c/d", "a\x01", "\xc3\xbc", "a;b=\xc3\xbc", "a, b c", "a;, b"}) {
    EXPECT_FALSE(parse_extensions(bad)) << bad;
  }
  EXPECT_FALSE(parse_extensions(std::string("a\0b", 3)));
}

TEST(Extensions, AreTokensOfAllTheirCharacters) {
  const std::string characters = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
  EXPECT_EQ(parse_extensions(characters), (Offers{{.name = characters, .parameters = {}}}));
}

// Negotiation ---------------------------------------------------------------------------------------------------------

// What is answered; "none" without an agreement.
std::string answer(const std::string& header) {
  const auto offers = parse_extensions(header);
  EXPECT_TRUE(offers) << header;
  const auto agreement = agree_on_deflate(offers.value_or(Offers{}));
  return agreement ? agreement->answer : "none";
}

int window(const std::string& header) {
  const auto agreement = agree_on_deflate(parse_extensions(header).value());
  return agreement ? agreement->window_bits : 0;
}

const std::string plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(DeflateAgreement, KeepsNoContext) {
  for (const std::string parameters :
       {"", "; client_no_context_takeover", "; server_no_context_takeover", "; client_max_window_bits",
        "; client_max_window_bits=8", "; client_max_window_bits=15", "; client_max_window_bits=\"10\"",
        "; client_no_context_takeover; client_max_window_bits; server_no_context_takeover"}) {
    EXPECT_EQ(answer("permessage-deflate" + parameters), plain) << parameters;
    EXPECT_EQ(window("permessage-deflate" + parameters), 15) << parameters;
  }
}

TEST(DeflateAgreement, HasAWindowThatTheClientCanTake) {
  const std::vector<std::pair<int, int>> windows{{15, 15}, {14, 12}, {13, 12}, {12, 12}, {11, 9}, {10, 9}, {9, 9}};
  for (const auto& [asked, given] : windows) {
    for (const std::string quote : {"", "\""}) {
      const std::string header = "permessage-deflate; server_max_window_bits=" + quote + std::to_string(asked) + quote;
      EXPECT_EQ(answer(header), plain + "; server_max_window_bits=" + std::to_string(given)) << header;
      EXPECT_EQ(window(header), given) << header;
    }
  }
}

TEST(DeflateAgreement, IsNotForTheSmallestWindow) {
  EXPECT_EQ(answer("permessage-deflate; server_max_window_bits=8"), "none");
  EXPECT_EQ(window("permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=9"), 9);
}

TEST(DeflateAgreement, IsNotForWhatIsUnknownWrongOrThereTwice) {
  for (const std::string parameters : {"; unknown",
                                       "; unknown=1",
                                       "; Server_no_context_takeover",
                                       "; server_no_context_takeover=1",
                                       "; client_no_context_takeover=true",
                                       "; server_no_context_takeover; server_no_context_takeover",
                                       "; client_no_context_takeover; client_no_context_takeover",
                                       "; server_max_window_bits",
                                       "; server_max_window_bits=7",
                                       "; server_max_window_bits=16",
                                       "; server_max_window_bits=010",
                                       "; server_max_window_bits=09",
                                       "; server_max_window_bits=+9",
                                       "; server_max_window_bits=-9",
                                       "; server_max_window_bits=9.0",
                                       "; server_max_window_bits=1e1",
                                       "; server_max_window_bits=x",
                                       "; server_max_window_bits=99999999999999999999",
                                       "; server_max_window_bits=10; server_max_window_bits=10",
                                       "; client_max_window_bits=7",
                                       "; client_max_window_bits=16",
                                       "; client_max_window_bits=08",
                                       "; client_max_window_bits; client_max_window_bits",
                                       "; client_max_window_bits=9; client_max_window_bits"}) {
    EXPECT_EQ(answer("permessage-deflate" + parameters), "none") << parameters;
    EXPECT_EQ(answer("permessage-deflate" + parameters + ", permessage-deflate"), plain) << parameters;
  }
}

TEST(DeflateAgreement, IsMadeWithTheFirstOfferThatCanBeTaken) {
  EXPECT_EQ(answer("foo, permessage-deflate; server_max_window_bits=12, permessage-deflate"),
            plain + "; server_max_window_bits=12");
  EXPECT_EQ(answer("permessage-deflate, permessage-deflate; server_max_window_bits=12"), plain);
  EXPECT_EQ(answer("permessage-deflate; mode=fast, permessage-deflate; server_max_window_bits=16, x-other"), "none");
}

TEST(DeflateAgreement, IsNotMadeWithoutAnOffer) {
  for (const std::string header : {"", "foo", "x-webkit-deflate-frame", "permessage-bzip2, perframe-deflate; a=b",
                                   "PerMessage-Deflate", "permessage-deflate2"}) {
    EXPECT_EQ(answer(header), "none") << header;
  }
}

}  // namespace
}  // namespace lobbyd::websocket
