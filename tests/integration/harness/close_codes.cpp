#include "tests/integration/harness/close_codes.hpp"

#include <regex>

namespace lobbyd::integration {

testing::AssertionResult is_closing(const Closing& closing, std::uint16_t code, std::string_view word) {
  auto failure = testing::AssertionFailure()
                 << "the connection was closed with " << closing.code << " \"" << closing.reason << "\": ";
  if (closing.code != code) return failure << "the code should be " << code;
  static const std::regex plain("([a-z][a-z0-9_]*)");
  static const std::regex with_wait("([a-z][a-z0-9_]*) retry_after_ms=[0-9]+");
  std::smatch found;
  const auto& pattern = code == 1012 || code == 4529 ? with_wait : plain;
  if (!std::regex_match(closing.reason, found, pattern)) return failure << "the reason has another form";
  if (!word.empty() && found[1].str() != word) return failure << "the reason should be " << word;
  return testing::AssertionSuccess();
}

}  // namespace lobbyd::integration
