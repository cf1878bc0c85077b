// Behaviour of the supervisor with the real Mosquitto.

#include "service/upstream/embedded/embedded_broker.hpp"

#include "service/upstream/embedded/broker_directory.hpp"
#include "service/upstream/embedded/pidfd.hpp"
#include "service/upstream/embedded/socket_probe.hpp"
#include "service/upstream/embedded/spawn.hpp"
#include "service/upstream/transport/transport.hpp"
#include "tests/unit/embedded/raw_mqtt_client.hpp"
#include "tests/unit/upstream/loop_fixture.hpp"
#include "tests/unit/upstream/temporary_directory.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using State = EmbeddedBroker::State;
using ::testing::HasSubstr;
using Messages = std::vector<std::pair<std::string, std::string>>;

constexpr auto deadline = 20s;

Messages make_messages(std::size_t count) {
  Messages messages;
  for (std::size_t number = 0; number < count; ++number) {
    messages.emplace_back("state/" + std::to_string(number), "value " + std::to_string(number));
  }
  return messages;
}

// The process that the pid file in data_dir names.
ProcessRecord recorded_process(const std::filesystem::path& data_dir) {
  std::ifstream file(data_dir / "broker" / "pid");
  return parse_process_record(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

EmbeddedBroker::Options quick_options(const std::filesystem::path& data_dir) {
  EmbeddedBroker::Options options;
  options.data_dir = data_dir;
  options.save = 1s;
  options.end_patience = {10s, 10s};
  options.random = [] { return 0.0; };
  return options;
}

class EmbeddedBrokerTest : public LoopTest {
 protected:
  std::expected<void, std::string> start(EmbeddedBroker::Options options) {
    options.on_state_change = [this](State state) { states_.push_back(state); };
    broker_.emplace(loop_.get_executor(), std::move(options));
    return broker_->start();
  }

  void start_and_wait(EmbeddedBroker::Options options) {
    const auto started = start(std::move(options));
    ASSERT_TRUE(started) << started.error();
    ASSERT_TRUE(wait_for(State::running));
  }

  bool wait_for(State state) {
    return run_until([&] { return broker_->state() == state; }, deadline);
  }

  void stop() {
    bool stopped = false;
    broker_->stop([&] { stopped = true; });
    ASSERT_TRUE(run_until([&] { return stopped; }, deadline));
  }

  FileDescriptor open_broker_process() const { return open_pidfd(recorded_process(data_.path()).pid); }

  TemporaryDirectory data_;
  std::vector<State> states_;
  std::optional<EmbeddedBroker> broker_;
};

TEST_F(EmbeddedBrokerTest, StartsAndTakesConnections) {
  const auto started = start(quick_options(data_.path()));
  ASSERT_TRUE(started) << started.error();
  EXPECT_EQ(broker_->state(), State::starting);
  ASSERT_TRUE(wait_for(State::running));
  EXPECT_THAT(states_, ::testing::ElementsAre(State::starting, State::running));

  bool connected = false;
  const auto transport = make_transport(loop_.get_executor(), broker_->endpoint(), nullptr);
  transport->connect([&](std::error_code error) { connected = !error; });
  EXPECT_TRUE(run_until([&] { return connected; }));
}

TEST_F(EmbeddedBrokerTest, NobodyElseReachesItsSocketOrItsState) {
  start_and_wait(quick_options(data_.path()));
  struct stat status{};
  ASSERT_EQ(::stat((data_.path() / "broker").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0077U, 0U);
}

TEST_F(EmbeddedBrokerTest, RunsAsTheDaemonsOwnUser) {
  start_and_wait(quick_options(data_.path()));
  struct stat status{};
  const auto process = "/proc/" + std::to_string(recorded_process(data_.path()).pid);
  ASSERT_EQ(::stat(process.c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(EmbeddedBrokerTest, StopEndsItAndKeepsItsState) {
  start_and_wait(quick_options(data_.path()));
  RawMqttClient(broker_->endpoint()).publish_retained(make_messages(10));
  const auto process = open_broker_process();
  stop();
  EXPECT_EQ(broker_->state(), State::stopped);
  EXPECT_TRUE(wait_for_end(process.get(), 0ms));
  EXPECT_FALSE(std::filesystem::exists(data_.path() / "broker" / "pid"));

  start_and_wait(quick_options(data_.path()));
  EXPECT_EQ(RawMqttClient(broker_->endpoint()).read_retained("state/#", 0, 10).at("state/7"), "value 7");
}

TEST_F(EmbeddedBrokerTest, StopLetsGoOfTheDirectory) {
  start_and_wait(quick_options(data_.path()));
  stop();
  EXPECT_TRUE(BrokerDirectory::open(data_.path()));
}

TEST_F(EmbeddedBrokerTest, EveryStopIsAnsweredOnceAndNotAtOnce) {
  start_and_wait(quick_options(data_.path()));
  int answers = 0;
  broker_->stop([&] { ++answers; });
  broker_->stop([&] { ++answers; });
  EXPECT_EQ(answers, 0);
  ASSERT_TRUE(run_until([&] { return answers == 2; }));
  broker_->stop([&] { ++answers; });
  EXPECT_EQ(answers, 2);
  EXPECT_TRUE(run_until([&] { return answers == 3; }));
}

TEST_F(EmbeddedBrokerTest, AStopHandlerMayDestroyIt) {
  start_and_wait(quick_options(data_.path()));
  broker_->stop([&] { broker_.reset(); });
  EXPECT_TRUE(run_until([&] { return !broker_; }));
}

TEST_F(EmbeddedBrokerTest, OneThatDoesNotStopIsKilled) {
  auto options = quick_options(data_.path());
  options.end_patience = {50ms, 10s};
  start_and_wait(options);
  const auto process = open_broker_process();
  ASSERT_EQ(send_signal(process, SIGSTOP), 0);
  stop();
  EXPECT_TRUE(wait_for_end(process.get(), 0ms));
}

TEST_F(EmbeddedBrokerTest, DestructionEndsItAndKeepsItsState) {
  start_and_wait(quick_options(data_.path()));
  RawMqttClient(broker_->endpoint()).publish_retained(make_messages(3));
  const auto process = open_broker_process();
  broker_.reset();
  EXPECT_TRUE(wait_for_end(process.get(), 0ms));
  run_ready();
  start_and_wait(quick_options(data_.path()));
  EXPECT_EQ(RawMqttClient(broker_->endpoint()).read_retained("state/#", 0, 3).size(), 3U);
}

TEST_F(EmbeddedBrokerTest, IsStartedAgainWhenItDies) {
  start_and_wait(quick_options(data_.path()));
  for (int death = 0; death < 3; ++death) {
    states_.clear();
    ASSERT_EQ(send_signal(open_broker_process(), SIGKILL), 0);
    ASSERT_TRUE(run_until([&] { return states_.size() == 3; }, deadline));
    EXPECT_THAT(states_, ::testing::ElementsAre(State::waiting, State::starting, State::running));
    EXPECT_TRUE(accepts_connections(broker_->endpoint()));
  }
}

TEST_F(EmbeddedBrokerTest, IsStartedAgainHoweverOftenItFails) {
  auto options = quick_options(data_.path());
  options.program = "/bin/false";
  ASSERT_TRUE(start(options));
  EXPECT_TRUE(run_until([&] { return std::ranges::count(states_, State::starting) == 20; }, deadline));
  EXPECT_EQ(std::ranges::count(states_, State::running), 0);
}

TEST_F(EmbeddedBrokerTest, WaitsLongerAndLongerBetweenStarts) {
  auto options = quick_options(data_.path());
  options.program = "/bin/false";
  options.backoff = {.initial = 40ms, .maximum = 10'000ms};
  options.random = [] { return 0.99; };
  ASSERT_TRUE(start(options));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until([&] { return std::ranges::count(states_, State::starting) == 4; }, deadline));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 39ms + 79ms + 158ms);
}

TEST_F(EmbeddedBrokerTest, StopsWhileItWaitsToBeStartedAgain) {
  auto options = quick_options(data_.path());
  options.program = "/bin/false";
  options.backoff = {.initial = 60'000ms, .maximum = 60'000ms};
  options.random = [] { return 0.99; };
  ASSERT_TRUE(start(options));
  ASSERT_TRUE(wait_for(State::waiting));
  stop();
  EXPECT_EQ(broker_->state(), State::stopped);
}

TEST_F(EmbeddedBrokerTest, OneThatNeverAcceptsIsKilledAndStartedAgain) {
  auto options = quick_options(data_.path());
  const auto script = data_.path() / "hangs";
  std::ofstream(script) << "#!/bin/sh\nexec sleep 60\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  options.program = script;
  options.start_patience = 50ms;
  ASSERT_TRUE(start(options));
  EXPECT_TRUE(run_until([&] { return std::ranges::count(states_, State::starting) == 3; }, deadline));
}

TEST_F(EmbeddedBrokerTest, AMissingProgramIsAnErrorThatNamesThePackage) {
  auto options = quick_options(data_.path());
  options.program = "no-such-mosquitto";
  const auto started = start(options);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("no-such-mosquitto"));
  EXPECT_THAT(started.error(), HasSubstr("apt-get install mosquitto"));
  EXPECT_THAT(started.error(), HasSubstr("--broker"));
  EXPECT_EQ(broker_->state(), State::stopped);
}

TEST_F(EmbeddedBrokerTest, ASecondDaemonOnTheSameDirectoryIsRefused) {
  start_and_wait(quick_options(data_.path()));
  EmbeddedBroker second(loop_.get_executor(), quick_options(data_.path()));
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr("in use by another lobbyd"));
  EXPECT_TRUE(accepts_connections(broker_->endpoint())) << "the refused one has ended the broker of the first";
}

TEST_F(EmbeddedBrokerTest, ADirectoryThatCannotBeMadeIsAnError) {
  std::ofstream(data_.path() / "file") << "";
  const auto started = start(quick_options(data_.path() / "file"));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(), HasSubstr((data_.path() / "file").string()));
}

TEST_F(EmbeddedBrokerTest, AListenAddressThatIsTakenIsAnError) {
  const boost::asio::ip::tcp::acceptor other(loop_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  auto options = quick_options(data_.path());
  options.listen = mqtt::BrokerUrl{mqtt::Carrier::tcp, "127.0.0.1", other.local_endpoint().port(), {}};
  const auto started = start(options);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error(),
              HasSubstr("embedded.listen: cannot listen on 127.0.0.1 port " + std::to_string(options.listen->port)));
}

TEST_F(EmbeddedBrokerTest, ADataDirWithSpacesAndALongPathWorks) {
  const auto directory = data_.path() / (std::string(60, 'l') + " and " + std::string(60, 'o'));
  start_and_wait(quick_options(directory));
  RawMqttClient(broker_->endpoint()).publish_retained({{"a", "1"}});
  bool connected = false;
  const auto transport = make_transport(loop_.get_executor(), broker_->endpoint(), nullptr);
  transport->connect([&](std::error_code error) { connected = !error; });
  EXPECT_TRUE(run_until([&] { return connected; }));
}

TEST_F(EmbeddedBrokerTest, OpensAPortToMqttClientsWhereAsked) {
  boost::asio::ip::tcp::acceptor finder(loop_, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const auto port = finder.local_endpoint().port();
  finder.close();
  auto options = quick_options(data_.path());
  options.listen = mqtt::BrokerUrl{mqtt::Carrier::tcp, "127.0.0.1", port, {}};
  start_and_wait(options);
  RawMqttClient(broker_->endpoint()).publish_retained({{"a", "1"}});
  EXPECT_EQ(RawMqttClient({mqtt::Carrier::tcp, "127.0.0.1", port, {}}).read_retained("a", 0, 1).at("a"), "1");
}

TEST_F(EmbeddedBrokerTest, ARetainedBurstIsDeliveredWhole) {
  start_and_wait(quick_options(data_.path()));
  constexpr std::size_t count = 6000;
  RawMqttClient(broker_->endpoint()).publish_retained(make_messages(count));
  for (const int qos : {0, 1}) {
    const auto messages = RawMqttClient(broker_->endpoint()).read_retained("state/#", qos, count);
    EXPECT_EQ(messages.size(), count) << "at QoS " << qos;
    EXPECT_EQ(messages.at("state/5999"), "value 5999");
  }
}

TEST_F(EmbeddedBrokerTest, ALeftoverThatHangsIsEndedBeforeAnotherIsStarted) {
  const auto config = BrokerDirectory::open(data_.path()).value().config_path();
  const auto leftover =
      spawn({"/bin/sh", {"-c", "trap '' TERM; echo up; while :; do sleep 0.05; done", "sh", config}, "/"});
  ASSERT_TRUE(leftover) << leftover.error();
  char first = 0;
  ASSERT_EQ(::read(leftover->output.get(), &first, 1), 1);
  std::ofstream(data_.path() / "broker" / "pid") << to_text(look_up_process(leftover->pid).value());

  auto options = quick_options(data_.path());
  options.end_patience = {50ms, 10s};
  ASSERT_TRUE(start(options));
  EXPECT_TRUE(wait_for_end(leftover->pidfd.get(), 0ms));
  ::waitpid(leftover->pid, nullptr, 0);
  EXPECT_TRUE(wait_for(State::running));
}

// A daemon of its own process, which can be killed.
class KilledDaemonTest : public EmbeddedBrokerTest {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const FileDescriptor read_end(ends[0]);
    FileDescriptor write_end(ends[1]);
    daemon_ = ::fork();
    ASSERT_GE(daemon_, 0);
    if (daemon_ == 0) run_daemon(data_.path(), write_end.get());
    write_end.reset();
    char ready = 0;
    ASSERT_EQ(::read(read_end.get(), &ready, 1), 1) << "the daemon did not become ready";
    process_ = open_broker_process();
    ASSERT_TRUE(process_);
    endpoint_ = {mqtt::Carrier::unix_socket, {}, 0, (data_.path() / "broker" / "mqtt.sock").string()};
  }

  void TearDown() override {
    kill_daemon();
    if (!process_) return;
    send_signal(process_, SIGKILL);
    // It must not write any more when its directory is removed.
    EXPECT_TRUE(wait_for_end(process_.get(), deadline));
  }

  void kill_daemon() {
    if (daemon_ <= 0) return;
    ::kill(daemon_, SIGKILL);
    ::waitpid(daemon_, nullptr, 0);
    daemon_ = -1;
  }

  // Without the daemon having a chance to see it, or Mosquitto to save.
  void kill_both() {
    ::kill(daemon_, SIGSTOP);
    ::waitpid(daemon_, nullptr, WUNTRACED);
    send_signal(process_, SIGKILL);
    ASSERT_TRUE(wait_for_end(process_.get(), deadline));
    kill_daemon();
  }

  pid_t daemon_ = -1;
  FileDescriptor process_;  // the broker
  mqtt::BrokerUrl endpoint_;

 private:
  [[noreturn]] static void run_daemon(const std::filesystem::path& data_dir, int ready) {
    boost::asio::io_context loop;
    auto options = quick_options(data_dir);
    options.on_state_change = [ready](State state) {
      if (state == State::running && ::write(ready, "r", 1) != 1) ::_exit(1);
    };
    EmbeddedBroker broker(loop.get_executor(), std::move(options));
    if (!broker.start()) ::_exit(1);
    loop.run();
    ::_exit(0);
  }
};

TEST_F(KilledDaemonTest, LeavesNoOrphan) {
  RawMqttClient(endpoint_).publish_retained(make_messages(5));
  kill_daemon();
  EXPECT_TRUE(wait_for_end(process_.get(), deadline));

  // It was asked, not killed: nothing is lost, however long ago the last save was.
  start_and_wait(quick_options(data_.path()));
  EXPECT_EQ(RawMqttClient(broker_->endpoint()).read_retained("state/#", 0, 5).size(), 5U);
}

TEST_F(KilledDaemonTest, LosesNothingOlderThanTheSavePeriodWhenTheBrokerIsKilledToo) {
  RawMqttClient(endpoint_).publish_retained(make_messages(5));
  // The promise under test is about time: what was written `save` (1 s) ago is there. Twice that, for a machine that is
  // busy with other tests.
  std::this_thread::sleep_for(2s);
  kill_both();
  start_and_wait(quick_options(data_.path()));
  EXPECT_EQ(RawMqttClient(broker_->endpoint()).read_retained("state/#", 0, 5).at("state/4"), "value 4");
}

TEST_F(KilledDaemonTest, AnotherProcessThatGotTheLeftoversNumberIsLeftAlone) {
  kill_both();
  // The pid file now names a dead process; let it name a living one.
  const pid_t bystander = ::fork();
  if (bystander == 0) {
    ::pause();
    ::_exit(0);
  }
  std::ofstream(data_.path() / "broker" / "pid") << to_text(look_up_process(bystander).value());
  start_and_wait(quick_options(data_.path()));
  EXPECT_EQ(::waitpid(bystander, nullptr, WNOHANG), 0) << "it was ended";
  ::kill(bystander, SIGKILL);
  ::waitpid(bystander, nullptr, 0);
}

}  // namespace
}  // namespace lobbyd::upstream
