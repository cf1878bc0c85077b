#include "service/upstream/embedded/embedded_broker.hpp"

#include "service/upstream/embedded/broker_directory.hpp"
#include "service/upstream/embedded/child_process.hpp"
#include "service/upstream/embedded/recent_lines.hpp"
#include "service/upstream/embedded/socket_probe.hpp"
#include "service/upstream/embedded/spawn.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lobbyd::upstream {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds probe_interval{20};

// One that lived so long did not fail at the start: the next wait begins small again.
constexpr std::chrono::seconds proven_lifetime{30};

constexpr std::size_t kept_lines = 5;

// A save begins when Mosquitto's loop turns (every 100 ms) and takes a moment; what was written just after the one
// before must be on the disk by then.
milliseconds save_period(std::chrono::seconds save) {
  return milliseconds(save) * 3 / 4;
}

// Mosquitto tells the level of a line by how it begins.
void log_line(std::string_view line) {
  if (line.starts_with("Error")) {
    spdlog::error("mosquitto: {}", line);
  } else if (line.starts_with("Warning")) {
    spdlog::warn("mosquitto: {}", line);
  } else {
    spdlog::info("mosquitto: {}", line);
  }
}

std::string missing_program(const std::string& program) {
  return "the embedded broker needs Mosquitto 2.0 or newer, and there is no program '" + program +
         "' on PATH or in /usr/sbin; install the package 'mosquitto' (Debian, Ubuntu: apt-get install mosquitto), "
         "or name another broker (broker.url, --broker tcp://HOST:1883)";
}

}  // namespace

class EmbeddedBroker::Supervisor : public std::enable_shared_from_this<Supervisor> {
 public:
  Supervisor(asio::any_io_executor executor, Options options)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        backoff_(options_.backoff, options_.random ? options_.random : make_random()),
        timer_(executor_),
        save_timer_(executor_) {}

  State state() const { return state_; }
  mqtt::BrokerUrl endpoint() const { return directory_ ? directory_->endpoint() : mqtt::BrokerUrl{}; }

  std::expected<void, std::string> start();
  void stop(std::move_only_function<void()> handler);
  void abandon();

 private:
  std::expected<void, std::string> prepare();
  std::expected<void, std::string> launch();
  void probe();
  void become_ready();
  void save_later();
  void took_too_long();
  void child_ended(ExitStatus status);
  void restart_later();
  void restart();
  void finish_stop();
  void enter(State state);

  // Runs `step` after the wait, unless the state has changed since.
  void after(milliseconds wait, void (Supervisor::*step)());

  asio::any_io_executor executor_;
  Options options_;
  Backoff backoff_;
  asio::steady_timer timer_;       // the next thing that the state waits for
  asio::steady_timer save_timer_;  // runs while state_ is running
  State state_ = State::stopped;
  std::optional<BrokerDirectory> directory_;
  std::string program_;
  std::unique_ptr<ChildProcess> child_;  // there in starting, running and stopping
  RecentLines last_lines_{kept_lines};
  Clock::time_point launched_;
  std::vector<std::move_only_function<void()>> stop_handlers_;
};

std::expected<void, std::string> EmbeddedBroker::Supervisor::start() {
  if (auto prepared = prepare(); !prepared) {
    directory_.reset();
    return prepared;
  }
  if (auto launched = launch(); !launched) {
    directory_.reset();
    return launched;
  }
  spdlog::info("embedded broker started, program={} process={} directory={} socket={}", program_, child_->pid(),
               directory_->path(), directory_->endpoint().path);
  return {};
}

std::expected<void, std::string> EmbeddedBroker::Supervisor::prepare() {
  const char* search_path = std::getenv("PATH");
  program_ = find_program(options_.program, search_path != nullptr ? search_path : "");
  if (program_.empty()) return std::unexpected(missing_program(options_.program));

  EmbeddedConfig config{.save = options_.save,
                        .listen = options_.listen,
                        .max_packet_size = options_.max_packet_size,
                        .as_root = ::geteuid() == 0};

  auto directory = BrokerDirectory::open(options_.data_dir);
  if (!directory) return std::unexpected(directory.error());
  directory_.emplace(std::move(*directory));
  if (const auto leftover = directory_->recorded_child()) {
    auto ended = end_leftover(*leftover, directory_->config_path(), options_.end_patience);
    if (!ended) return ended;
  }
  if (options_.listen) {
    if (auto free = check_address_is_free(*options_.listen); !free) {
      return std::unexpected("embedded.listen: " + free.error() + "; is another broker running?");
    }
  }
  return directory_->write_config(mosquitto_config(config));
}

std::expected<void, std::string> EmbeddedBroker::Supervisor::launch() {
  const Command command{program_, {"-c", directory_->config_path()}, directory_->path()};
  auto child = ChildProcess::start(
      executor_, command,
      [this](std::string_view line) {
        last_lines_.add(line);
        log_line(line);
      },
      [this](ExitStatus status) { child_ended(status); });
  if (!child) return std::unexpected(child.error());
  // Without a record a leftover could not be found; but then the child is destroyed here, and ends.
  const auto record = look_up_process((*child)->pid());
  if (!record) return std::unexpected("cannot read /proc/" + std::to_string((*child)->pid()) + "/stat");
  if (auto recorded = directory_->record_child(*record); !recorded) return recorded;

  child_ = std::move(*child);
  launched_ = Clock::now();
  last_lines_.clear();
  enter(State::starting);
  after(probe_interval, &Supervisor::probe);
  return {};
}

void EmbeddedBroker::Supervisor::probe() {
  if (accepts_connections(directory_->endpoint())) return become_ready();
  if (Clock::now() - launched_ >= options_.start_patience) return took_too_long();
  after(probe_interval, &Supervisor::probe);
}

void EmbeddedBroker::Supervisor::become_ready() {
  enter(State::running);
  spdlog::info("embedded broker is ready, process={}", child_->pid());
  save_later();
}

void EmbeddedBroker::Supervisor::save_later() {
  save_timer_.expires_after(save_period(std::max(options_.save, std::chrono::seconds(1))));
  save_timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (cancelled || self->state_ != State::running) return;
    self->child_->send_signal(SIGUSR1);
    self->save_later();
  });
}

void EmbeddedBroker::Supervisor::took_too_long() {
  spdlog::error("embedded broker does not accept connections {} ms after its start: killing it, process={}",
                options_.start_patience.count(), child_->pid());
  child_->send_signal(SIGKILL);
}

void EmbeddedBroker::Supervisor::child_ended(ExitStatus status) {
  // A stop handler may destroy the EmbeddedBroker.
  const auto self = shared_from_this();
  child_.reset();
  directory_->forget_child();
  if (state_ == State::stopping) {
    spdlog::info("embedded broker stopped: it {}", to_string(status));
    return finish_stop();
  }
  spdlog::error("embedded broker {}; its last lines: {}", to_string(status), last_lines_.joined());
  if (Clock::now() - launched_ >= proven_lifetime) backoff_.reset();
  restart_later();
}

void EmbeddedBroker::Supervisor::restart_later() {
  const auto wait = backoff_.next();
  spdlog::warn("embedded broker is started again in {} ms, directory={}", wait.count(), directory_->path());
  enter(State::waiting);
  after(wait, &Supervisor::restart);
}

void EmbeddedBroker::Supervisor::restart() {
  if (const auto launched = launch(); !launched) {
    spdlog::error("embedded broker: {}", launched.error());
    restart_later();
  }
}

void EmbeddedBroker::Supervisor::stop(std::move_only_function<void()> handler) {
  stop_handlers_.push_back(std::move(handler));
  if (state_ == State::stopping) return;
  save_timer_.cancel();
  if (!child_) {
    timer_.cancel();
    enter(State::stopping);
    return asio::post(executor_, [self = shared_from_this()] { self->finish_stop(); });
  }
  enter(State::stopping);
  child_->send_signal(SIGTERM);
  timer_.expires_after(options_.end_patience.after_terminate);
  timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (cancelled || !self->child_) return;
    spdlog::error("embedded broker does not end: killing it; what it took since its last save is lost, process={}",
                  self->child_->pid());
    self->child_->send_signal(SIGKILL);
  });
}

void EmbeddedBroker::Supervisor::finish_stop() {
  timer_.cancel();
  directory_.reset();
  enter(State::stopped);
  // A handler may destroy the EmbeddedBroker, which clears the list.
  for (auto& handler : std::exchange(stop_handlers_, {})) handler();
}

void EmbeddedBroker::Supervisor::abandon() {
  // Steps that are already on their way look at the state.
  state_ = State::stopped;
  timer_.cancel();
  save_timer_.cancel();
  options_.on_state_change = nullptr;
  stop_handlers_.clear();
  if (child_) child_->end(options_.end_patience.after_terminate);
  child_.reset();
  if (directory_) directory_->forget_child();
  directory_.reset();
}

void EmbeddedBroker::Supervisor::enter(State state) {
  if (std::exchange(state_, state) != state && options_.on_state_change) options_.on_state_change(state);
}

void EmbeddedBroker::Supervisor::after(milliseconds wait, void (Supervisor::*step)()) {
  timer_.expires_after(wait);
  timer_.async_wait([self = shared_from_this(), step, state = state_](error_code cancelled) {
    if (!cancelled && self->state_ == state) (self.get()->*step)();
  });
}

EmbeddedBroker::EmbeddedBroker(asio::any_io_executor executor, Options options)
    : supervisor_(std::make_shared<Supervisor>(std::move(executor), std::move(options))) {}

EmbeddedBroker::~EmbeddedBroker() {
  supervisor_->abandon();
}

std::expected<void, std::string> EmbeddedBroker::start() {
  return supervisor_->start();
}

mqtt::BrokerUrl EmbeddedBroker::endpoint() const {
  return supervisor_->endpoint();
}

EmbeddedBroker::State EmbeddedBroker::state() const {
  return supervisor_->state();
}

void EmbeddedBroker::stop(std::move_only_function<void()> handler) {
  supervisor_->stop(std::move(handler));
}

const char* to_string(EmbeddedBroker::State state) {
  switch (state) {
    case EmbeddedBroker::State::stopped:
      return "stopped";
    case EmbeddedBroker::State::starting:
      return "starting";
    case EmbeddedBroker::State::running:
      return "running";
    case EmbeddedBroker::State::waiting:
      return "waiting";
    case EmbeddedBroker::State::stopping:
      return "stopping";
  }
  return "unknown";
}

}  // namespace lobbyd::upstream
