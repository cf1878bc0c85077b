// lobbyd-bench: lobbyd under load, beside Mosquitto and bare servers, all on this machine. See docs/performance.md.

#include "tests/bench/load/scenario.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <vector>

namespace lobbyd::load {
namespace {

struct Options {
  Settings settings;
  unsigned rounds = 3;
  std::string json;
  std::vector<std::string> scenarios;  // empty: all
};

// Each client is a descriptor here and one in the server, which inherits the limit.
void raise_descriptor_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void stay_on(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) != 0)
    throw std::runtime_error("there is no core " + std::to_string(core));
}

std::vector<std::string> server_names() {
  std::vector<std::string> names;
  for (const Kind kind : all_kinds) names.emplace_back(name(kind));
  return names;
}

std::vector<Scenario> chosen(const std::vector<std::string>& names) {
  std::vector<Scenario> result;
  for (const Scenario& scenario : scenarios()) {
    if (names.empty() || std::ranges::find(names, scenario.name) != names.end()) result.push_back(scenario);
  }
  return result;
}

void run(const Options& options) {
  raise_descriptor_limit();
  if (!options.settings.smoke) stay_on(options.settings.load_core);
  // A message is to leave when it is due, not within the 50 µs that the kernel may add to a wait.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  Report report;
  for (unsigned number = 1; number <= options.rounds; ++number) {
    for (const Scenario& scenario : chosen(options.scenarios)) {
      std::cerr << "lobbyd-bench: round " << number << " of " << options.rounds << ": " << scenario.name << "\n";
      Round round(options.settings, scenario.name, report);
      scenario.run(round);
      round.finish();
    }
  }
  report.print(std::cout);
  if (!options.json.empty()) report.write_json(options.json);
}

}  // namespace
}  // namespace lobbyd::load

int main(int count, char** values) {
  using namespace lobbyd::load;
  Options options;
  CLI::App app{"lobbyd under load, beside Mosquitto and bare servers"};
  std::vector<std::string> names;
  std::string subjects = "Scenarios (all, where none is named):\n";
  for (const Scenario& scenario : scenarios()) {
    names.emplace_back(scenario.name);
    subjects += "  " + std::string(scenario.name) + ": " + std::string(scenario.subject) + "\n";
  }
  app.footer(subjects);
  app.add_option("scenario", options.scenarios, "what to measure")->check(CLI::IsMember(names));
  app.add_option("--lobbyd", options.settings.lobbyd, "the daemon's program")->required();
  app.add_option("--bare", options.settings.bare, "the program bench_bare")->required();
  app.add_option("--servers", options.settings.servers, "which to measure, such as lobbyd,mosquitto (all)")
      ->delimiter(',')
      ->check(CLI::IsMember(server_names()));
  app.add_option("--rounds", options.rounds, "how often each is measured")->check(CLI::PositiveNumber);
  app.add_option("--payload", options.settings.payload_size, "bytes of a message")->check(CLI::Range(32, 16'384));
  app.add_option("--threads", options.settings.threads, "how many threads lobbyd has (1)")->check(CLI::Range(1, 256));
  app.add_option("--server-cores", options.settings.server_cores, "where the server runs, as for taskset");
  app.add_option("--load-core", options.settings.load_core, "where the generator and lobbyd's broker run");
  app.add_option("--json", options.json, "write all figures there, too");
  app.add_flag("--smoke", options.settings.smoke, "few clients and messages: only whether it works");
  CLI11_PARSE(app, count, values);
  try {
    run(options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "lobbyd-bench: " << error.what() << "\n";
    return 1;
  }
}
