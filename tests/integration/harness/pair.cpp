#include "tests/integration/harness/pair.hpp"

#include "tests/integration/harness/unique_name.hpp"

#include <iostream>
#include <utility>

namespace lobbyd::integration {
namespace {

constexpr const char* shared_config = R"([limits]
publish_rate = 0
request_rate = 0
[[boards]]
name = "*.asc"
order = "asc"
[[boards]]
name = "*.last"
operator = "last"
[[boards]]
name = "*.sum"
operator = "sum"
[[boards]]
name = "*.small"
max_entries = 2
[[boards]]
name = "*.right"
submit = "right"
[[boards]]
name = "*.mirrored"
topic = "mirrored/{board}/{player}"
[[boards]]
name = "*"
[[ice]]
urls = ["stun:stun.example.org"]
[[ice]]
urls = ["turn:turn.example.org:3478"]
secret = "hush"
ttl = 3600
)";

// Ends the shared pair before the program's own static objects go.
class TheSharedPair : public testing::Environment {
 public:
  std::shared_ptr<Pair> get() {
    if (pair_ && !(pair_->first.running() && pair_->second.running())) pair_.reset();
    if (!pair_) pair_ = std::make_shared<Pair>(shared_config);
    return pair_;
  }
  void TearDown() override { pair_.reset(); }

 private:
  std::shared_ptr<Pair> pair_;
};

// GoogleTest owns it.
TheSharedPair* const the_shared_pair = [] {
  auto pair = std::make_unique<TheSharedPair>();
  auto* const result = pair.get();
  testing::AddGlobalTestEnvironment(pair.release());
  return result;
}();

std::string with_threads(const std::string& config) {
  return "threads = " + std::to_string(chosen_threads().value_or(2)) + '\n' + config;
}

}  // namespace

Pair::Pair(const std::string& config)
    : first({.broker_url = broker.url(), .config = with_threads(config)}),
      second({.broker_url = broker.url(), .config = config}) {
  wait_broker_connected(first);
  wait_broker_connected(second);
}

void SharedPairTest::SetUp() {
  LOBBYD_NEEDS(retained_by_wildcard);
  pair_ = the_shared_pair->get();
  prefix_ = unique_name("test");
  logged_before_ = pair_->first.log().size();
}

void SharedPairTest::TearDown() {
  if (!pair_) return;
  EXPECT_TRUE(pair_->first.running() && pair_->second.running()) << "a daemon has died";
  if (HasFailure()) std::cerr << "--- logged during this test:\n" << pair_->first.log().substr(logged_before_);
}

SharedPairTest::Client SharedPairTest::client(const Endpoint& daemon, const std::string& name, Json params) {
  params["client_id"] = own(name);
  auto client = std::make_unique<RpcClient>(daemon);
  connected_ = client->connect(params);
  return client;
}

SharedPairTest::Client SharedPairTest::resume(const Endpoint& daemon, const std::string& name, const Json& result,
                                              std::uint64_t received) {
  const Json& session = result.at("session");
  return client(daemon, name,
                {{"session", {{"expiry", session.at("expiry")}}},
                 {"resume", {{"secret", session.at("secret")}, {"received", received}}}});
}

std::vector<Json> field_of(const Json& list, const std::string& field) {
  std::vector<Json> values;
  for (const Json& entry : list) values.push_back(entry.at(field));
  return values;
}

std::vector<Json> all_pages(RpcClient& client, const std::string& method, Json params, const std::string& list) {
  std::vector<Json> entries;
  for (;;) {
    const Json page = client.call(method, params);
    entries.insert(entries.end(), page.at(list).begin(), page.at(list).end());
    if (!page.contains("next")) return entries;
    params["cursor"] = page.at("next");
  }
}

}  // namespace lobbyd::integration
