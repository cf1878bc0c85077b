#include "tests/unit/simulation/shell.hpp"

#include <utility>

namespace lobbyd::simulation {
namespace {

constexpr Duration connect_deadline = std::chrono::seconds(10);
constexpr Duration proven_after = std::chrono::seconds(2);

}  // namespace

Shell::Shell(Surroundings surroundings, mqtt::ClientOptions options, bool versions_change)
    : schedule_(surroundings.schedule),
      network_(surroundings.network),
      journal_(surroundings.journal),
      dice_(surroundings.dice),
      application_(surroundings.application),
      client_(std::move(options), application_),
      backoff_({}, [this] { return dice_.fraction(); }),
      versions_change_(versions_change) {
  network_.attach(Side::client, *this);
  application_.attach(client_, [this] { attend(); });
}

void Shell::attempt() {
  const LinkId link = network_.connect();
  link_ = link;
  schedule_.after(connect_deadline, [this, link] {
    if (link_ == link && !is_open_) lose();
  });
}

void Shell::on_open(LinkId) {
  is_open_ = true;
  const bool use_3_1_1 = versions_change_ && dice_.one_in(2);
  client_.open(schedule_.now(), use_3_1_1 ? mqtt::Version::v3_1_1 : mqtt::Version::v5, false);
  attend();
}

void Shell::on_bytes(LinkId, std::string_view bytes) {
  received_ += bytes;
  received_.erase(0, client_.receive(received_, schedule_.now()));
  attend();
}

void Shell::on_end(LinkId) {
  journal_.note("client: the connection ended");
  lose();
}

void Shell::attend() {
  std::string output;
  client_.take_output(output);
  if (!output.empty()) network_.send(*link_, Side::client, output);
  if (client_.state() == mqtt::Client::State::failed) return lose();
  if (is_connected() && !connected_since_) connected_since_ = schedule_.now();
  arm_timer();
}

void Shell::renew() {
  if (!is_connected()) return;
  client_.disconnect(mqtt::ReasonCode::success);
  attend();
  drop();
  attempt();
}

void Shell::lose() {
  const auto since = connected_since_;
  drop();
  if (since && schedule_.now() - *since >= proven_after) backoff_.reset();
  schedule_.after(backoff_.next(), [this] { attempt(); });
}

void Shell::drop() {
  network_.close(*link_, Side::client);
  client_.closed();
  application_.link_lost();
  received_.clear();
  link_.reset();
  is_open_ = false;
  connected_since_.reset();
}

void Shell::arm_timer() {
  const auto due = client_.next_timeout();
  if (!due || (armed_ && *armed_ <= *due)) return;
  armed_ = due;
  schedule_.at(*due, [this, time = *due] { on_timer(time); });
}

void Shell::on_timer(TimePoint due) {
  if (armed_ != due) return;
  armed_.reset();
  const auto next = client_.next_timeout();
  if (next && *next <= schedule_.now()) client_.handle_timeout(schedule_.now());
  attend();
}

}  // namespace lobbyd::simulation
