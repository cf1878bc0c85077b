// What other daemons, or anybody who may write below the prefix, left there: is read, written and read again the same.

#include "service/hub/wills/entry.hpp"
#include "service/hub/wills/instance_record.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lobbyd::hub;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto entry = parse_entry(text)) {
    const auto written = to_text(*entry);
    const auto again = parse_entry(written);
    // Escapes may make it longer than what is taken.
    require(again ? to_text(*again) == written : written.size() > max_entry_bytes);
  }
  if (const auto record = parse_record(text)) {
    const auto again = parse_record(to_text(*record));
    require(again && to_text(*again) == to_text(*record));
  }
  if (const auto sign = parse_life_sign(text)) {
    const auto again = parse_life_sign(to_text(*sign));
    require(again && again->nonce == sign->nonce && again->epoch == sign->epoch);
  }
  return 0;
}
