#pragma once

// A notation for packets that can be read next to the standard: hexadecimal bytes, 'text', (...) for a field with its
// two-byte length before it, and [...] for a section with its length as a variable byte integer before it.
// "30 [('a/b') 00 'hello']" is a PUBLISH of MQTT 5.

#include <string>
#include <string_view>

namespace lobbyd::mqtt::test {

// Throws std::invalid_argument for text that is not of this notation.
std::string packet_bytes(std::string_view notation);

// The bytes as "30 0A 00", for the messages of failed tests.
std::string to_hex(std::string_view bytes);

}  // namespace lobbyd::mqtt::test
