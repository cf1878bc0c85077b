#include "service/apps/json_page.hpp"

namespace lobbyd::apps {

PageBuilder::Added PageBuilder::add(std::string_view json) {
  if (json.size() > limits_.bytes) {
    ++page_.left_out;
    return Added::left_out;
  }
  if (count_ == limits_.entries || (count_ > 0 && page_.entries.size() + 1 + json.size() > limits_.bytes)) {
    return Added::full;
  }
  if (count_ > 0) {
    page_.entries += ',';
  }
  page_.entries += json;
  ++count_;
  return Added::yes;
}

}  // namespace lobbyd::apps
