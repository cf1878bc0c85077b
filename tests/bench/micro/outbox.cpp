#include "service/gateway/outbox.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/uio.h>

namespace lobbyd::bench {
namespace {

// So many frames go in, and are all taken by one write.
void outbox(benchmark::State& state) {
  const gateway::Outbox::Limits limits;
  const auto frame = std::make_shared<const std::string>(200, 'x');
  const auto filter = std::make_shared<const std::string>("game/room/1/state");
  gateway::Outbox outbox(limits);
  std::array<iovec, 64> pieces{};
  for (auto _ : state) {
    for (std::int64_t count = 0; count < state.range(); ++count) {
      outbox.push(frame, gateway::Outbox::Class::droppable, filter);
    }
    std::size_t size = 0;
    for (const iovec& piece : outbox.gather(pieces)) {
      size += piece.iov_len;
    }
    outbox.written(size);
  }
  state.SetItemsProcessed(state.iterations() * state.range());
}
BENCHMARK(outbox)->Arg(1)->Arg(32);

}  // namespace
}  // namespace lobbyd::bench
