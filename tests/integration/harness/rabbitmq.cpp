#include "tests/integration/harness/rabbitmq.hpp"

#include "tests/integration/harness/temporary_directory.hpp"
#include "tests/integration/harness/unique_name.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <signal.h>
#include <utility>
#include <vector>

namespace lobbyd::integration {
namespace {

constexpr std::size_t virtual_hosts = 32;
const std::filesystem::path program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

std::string virtual_host(std::size_t number) {
  return "test" + std::to_string(number);
}

// The nodes' name service, on a port of its own. A node would start one that outlives the tests.
class NameService {
 public:
  NameService()
      : port_(std::to_string(free_ports(1).front())),
        process_({.program = "epmd", .arguments = {"-port", port_, "-address", "127.0.0.1"}}) {}

  const std::string& port() const { return port_; }

 private:
  std::string port_;
  Process process_;
};

}  // namespace

// What stays when a node is started again.
struct RabbitMqNode {
  std::string definitions() const;
  std::string configuration() const;
  Command command(const NameService& names) const;

  std::string name = unique_name("lobbyd") + "@localhost";
  TemporaryDirectory directory;
  std::vector<std::uint16_t> ports = free_ports(virtual_hosts + 1);  // the last one is for Erlang's own distribution
  std::size_t used = 0;                                              // virtual hosts
  std::unique_ptr<Process> process;                                  // while no test has the node
};

std::string RabbitMqNode::definitions() const {
  using Json = nlohmann::json;
  Json hosts = Json::array();
  Json permissions = Json::array();
  Json ports_of_hosts = Json::object();
  for (std::size_t i = 0; i < virtual_hosts; ++i) {
    hosts.push_back({{"name", virtual_host(i)}});
    permissions.push_back(
        {{"user", "guest"}, {"vhost", virtual_host(i)}, {"configure", ".*"}, {"write", ".*"}, {"read", ".*"}});
    ports_of_hosts[std::to_string(ports[i])] = virtual_host(i);
  }
  return Json{{"vhosts", hosts},
              {"users", Json::array({{{"name", "guest"}, {"password", "guest"}, {"tags", ""}}})},
              {"permissions", permissions},
              {"global_parameters", Json::array({{{"name", "mqtt_port_to_vhost_mapping"}, {"value", ports_of_hosts}}})}}
      .dump();
}

std::string RabbitMqNode::configuration() const {
  std::string text =
      "listeners.tcp = none\n"
      "mqtt.allow_anonymous = true\n"
      "log.console = true\n"
      "log.file = false\n"
      "load_definitions = " +
      directory.write("definitions.json", definitions()).string() + "\n";
  for (std::size_t i = 0; i < virtual_hosts; ++i) {
    text += "mqtt.listeners.tcp." + std::to_string(i + 1) + " = 127.0.0.1:" + std::to_string(ports[i]) + "\n";
  }
  return text;
}

Command RabbitMqNode::command(const NameService& names) const {
  const auto in = [this](const char* file) { return (directory.path() / file).string(); };
  return {.program = program,
          .environment = {{"HOME", directory.path().string()},  // of Erlang's cookie
                          {"ERL_EPMD_PORT", names.port()},
                          {"RABBITMQ_NODENAME", name},
                          {"RABBITMQ_DIST_PORT", std::to_string(ports.back())},
                          {"RABBITMQ_MNESIA_BASE", in("data")},
                          {"RABBITMQ_LOG_BASE", in("log")},
                          {"RABBITMQ_CONF_ENV_FILE", "/dev/null"},  // the system's own node's
                          {"RABBITMQ_CONFIG_FILE", directory.write("rabbitmq.conf", configuration()).string()},
                          {"RABBITMQ_ENABLED_PLUGINS_FILE", directory.write("plugins", "[rabbitmq_mqtt].\n").string()},
                          // The process is then the node itself, without a shell that waits for it.
                          {"RABBITMQ_ALLOW_INPUT", "1"},
                          {"RABBITMQ_SERVER_START_ARGS", "-noinput"},
                          {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                           "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +sbwt none"}}};
}

namespace {

// Running nodes that no test has at the moment; ended before the program's own static objects go.
class IdleNodes : public testing::Environment {
 public:
  std::unique_ptr<RabbitMqNode> take() {
    if (nodes_.empty()) return std::make_unique<RabbitMqNode>();
    auto node = std::move(nodes_.back());
    nodes_.pop_back();
    return node;
  }
  void give(std::unique_ptr<RabbitMqNode> node) { nodes_.push_back(std::move(node)); }
  void TearDown() override {
    nodes_.clear();
    names_.reset();
  }
  NameService& names() {
    if (!names_) names_ = std::make_unique<NameService>();
    return *names_;
  }

 private:
  std::unique_ptr<NameService> names_;
  std::vector<std::unique_ptr<RabbitMqNode>> nodes_;
};

// GoogleTest owns it.
IdleNodes* const idle_nodes = [] {
  auto nodes = std::make_unique<IdleNodes>();
  auto* const result = nodes.get();
  testing::AddGlobalTestEnvironment(nodes.release());
  return result;
}();

}  // namespace

std::optional<std::string> RabbitMq::missing() {
  return std::filesystem::exists(program) ? std::nullopt : std::optional<std::string>("rabbitmq-server");
}

RabbitMq::RabbitMq(bool started) : node_(idle_nodes->take()) {
  endpoint_ = {"127.0.0.1", node_->ports[node_->used++]};
  process_ = std::move(node_->process);
  // A node's very first start makes its virtual hosts only after it has begun to listen.
  if (!process_) start();
  if (!started) kill();
}

RabbitMq::~RabbitMq() {
  if (!process_ || !process_->running() || node_->used == virtual_hosts) return;
  process_->signal(SIGCONT);
  node_->process = std::move(process_);
  idle_nodes->give(std::move(node_));
}

void RabbitMq::start() {
  process_ = std::make_unique<Process>(node_->command(idle_nodes->names()));
  if (!process_->output().wait_line("Server startup complete", deadline_in(scaled(std::chrono::seconds(90))))) {
    throw DeadlineExceeded("RabbitMQ did not start: " + process_->output().text() + process_->errors().text());
  }
}

}  // namespace lobbyd::integration
