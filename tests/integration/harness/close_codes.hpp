#pragma once

#include "tests/integration/harness/closing.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace lobbyd::integration {

/// Whether the connection was closed with this code, and a snake_case word as its reason, as the contract wants: this
/// word, if one is given. 1012 and 4529 say after it when to come back.
testing::AssertionResult is_closing(const Closing& closing, std::uint16_t code, std::string_view word = {});

}  // namespace lobbyd::integration
