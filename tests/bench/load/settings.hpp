#pragma once

// What the command line says, for all scenarios.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace lobbyd::load {

struct Settings {
  std::filesystem::path lobbyd;      // the daemon's program
  std::filesystem::path bare;        // bench_bare
  std::string server_cores = "1";    // what is measured runs there alone, as taskset(1) takes it
  unsigned load_core = 0;            // of the generator, and of lobbyd's broker
  unsigned threads = 1;              // of lobbyd
  std::size_t payload_size = 128;    // bytes
  std::vector<std::string> servers;  // which to measure, by name; empty: all
  bool smoke = false;                // a few clients and messages, on any core: that all works, not how fast
};

}  // namespace lobbyd::load
