#include "tests/unit/mqtt/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LOBBYD_SANITIZED_NEW
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOBBYD_SANITIZED_NEW
#endif

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

// A sanitizer has its own operators, some of which cannot be replaced, and tells what they do.
#ifdef LOBBYD_SANITIZED_NEW

#include <sanitizer/allocator_interface.h>

namespace {

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});

}  // namespace

#else

// These are what everything else builds on; below them there is malloc alone.
// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND(cppcoreguidelines-no-malloc)

#endif

namespace lobbyd::mqtt::test {

std::size_t allocation_count() {
  return allocations;
}

}  // namespace lobbyd::mqtt::test
