#include "tests/integration/harness/descriptor_limit.hpp"

#include <sys/resource.h>

namespace lobbyd::integration {

bool allow_descriptors(std::size_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  return limit.rlim_max >= count && ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace lobbyd::integration
