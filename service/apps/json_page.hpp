#pragma once

// One page of a list in an answer: as many of its entries as the client's limit and its largest frame allow. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::apps {

struct PageLimits {
  std::size_t entries;
  std::size_t bytes;  // of the entries, with the commas between them
};

// What an answer takes over.
struct Page {
  std::string entries;              // JSON texts, joined by commas
  std::optional<std::string> next;  // the cursor of the next page, where there is more
  std::size_t left_out = 0;         // that no page of this client can hold
};

class PageBuilder {
 public:
  enum class Added : std::uint8_t {
    yes,
    left_out,  // it is larger than a page
    full,      // it has to begin the next page
  };

  explicit PageBuilder(PageLimits limits) : limits_(limits) {}

  Added add(std::string_view json);
  bool empty() const { return count_ == 0; }
  // Without `next`.
  Page take() { return std::move(page_); }

 private:
  PageLimits limits_;
  Page page_;
  std::size_t count_ = 0;
};

}  // namespace lobbyd::apps
