#pragma once

#include "tests/unit/simulation/model_connection.hpp"
#include "tests/unit/simulation/virtual_network.hpp"

#include <map>
#include <optional>

namespace lobbyd::simulation {

// A broker with one client: any number of its connections, of which one at a time has the session.
class ModelBroker final : public NetworkEvents {
 public:
  enum class Memory : std::uint8_t {
    kept,       // sessions are as they were
    none,       // there are no sessions
    saved_once  // sessions are as they were when they were saved last, which no client can make good
  };

  ModelBroker(Schedule& schedule, VirtualNetwork& network, Journal& journal, Dice& dice);
  ModelBroker(const ModelBroker&) = delete;
  ModelBroker& operator=(const ModelBroker&) = delete;
  ~ModelBroker() = default;

  // Of the connections to come.
  void set_limits(ModelLimits limits) { limits_ = limits; }
  void stop_refusing() { limits_.refusal = mqtt::ReasonCode::success; }
  void client_may_abandon() { records_.client_abandons = true; }
  // To the client, as soon as its receive maximum lets it through.
  void send(Message message);
  // Ends the connection that has the session, with a reason where the version has one.
  void disconnect(mqtt::ReasonCode reason);
  void save() { saved_ = session_; }
  // The process ends and starts again. The connections end, or, where the machine went with it, just become silent.
  void restart(Memory memory, bool machine_goes, Duration away);

  // Whether nothing waits for the client.
  bool is_idle() const { return records_.waiting.empty() && session_.sent.empty(); }
  // The connection that has the session.
  std::optional<LinkId> owner() const { return owner_; }
  const ModelSession& session() const { return session_; }
  const ModelRecords& records() const { return records_; }

  void on_open(LinkId link) override;
  void on_bytes(LinkId link, std::string_view bytes) override;
  void on_end(LinkId link) override;

 private:
  void take_over(LinkId link);
  void flush(LinkId link);
  void close(LinkId link);
  void watch(LinkId link);

  struct Open {
    ModelConnection connection;
    TimePoint last_received;
  };

  Schedule& schedule_;
  VirtualNetwork& network_;
  Journal& journal_;
  Dice& dice_;
  ModelLimits limits_;
  ModelSession session_;
  ModelSession saved_;
  ModelRecords records_;
  std::map<LinkId, Open> open_;
  std::optional<LinkId> owner_;  // of the session
};

}  // namespace lobbyd::simulation
