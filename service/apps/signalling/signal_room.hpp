#pragma once

// One signalling room, on one instance: who its peers are, and those that are served here. Pure: what the broker brings
// and what clients ask go in, with the time; what is to be published and told comes out.
//
// The room lives as long as it has peers. Its mode is that of the peers that are there. Its host is peer 1 in host
// mode, else the one that came first of those that are there.
//
// To be made when the first client here wants to join, with subscriptions to `filters()`, and given up, with them, when
// it has been idle for a while. One thread.

#include "protocol/api/error.hpp"
#include "service/apps/absences.hpp"
#include "service/apps/moment.hpp"
#include "service/apps/publication.hpp"
#include "service/apps/signalling/peer_claims.hpp"
#include "service/apps/signalling/signal_events.hpp"
#include "service/apps/signalling/signal_records.hpp"
#include "service/apps/signalling/signal_topics.hpp"
#include "service/apps/signalling/waiting_messages.hpp"
#include "service/apps/surroundings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lobbyd::apps {

class SignalRoom {
 public:
  // Evenly drawn from all values.
  using Random = std::function<std::uint32_t()>;

  struct Settings {
    std::string service = "signal";
    PeerClaims::Order order = PeerClaims::Order::broker;
    std::size_t max_peers = 4'096;
  };
  struct Joining {
    std::string client_id;  // a valid name
    SignalMode mode = SignalMode::mesh;
    std::optional<PeerId> peer_id = std::nullopt;  // that it asks for
    std::string data = "null";                     // JSON text of at most max_peer_data_bytes
  };
  struct Sending {
    PeerId to = 0;
    std::string type;           // as is_signal_type wants it
    std::string data = "null";  // JSON text of at most max_signal_data_bytes
  };

  // Others that have lost their link, too, write what they own again within this time.
  static constexpr std::chrono::seconds patience{30};
  // A record that was cleared without a word may be written again: what was cleared was another's will, or had been
  // sent before and was sent again.
  static constexpr std::chrono::seconds doubt{1};

  SignalRoom(Surroundings& surroundings, Random random, std::string name, Settings settings);

  const std::string& name() const { return name_; }
  std::vector<std::string> filters() const { return topics_.filters(surroundings_.instance); }

  // The broker
  // ----------------------------------------------------------------------------------------------------------

  // As Room's.
  void begin_reading();
  void on_message(std::string_view topic, std::string_view payload, Moment now, SignalOutput& out);
  void end_reading(bool forgetful, Moment now, SignalOutput& out);
  // All below is for a room that has been read.
  bool loaded() const { return loaded_; }

  // Clients
  // -------------------------------------------------------------------------------------------------------------

  // Of the peers that are there; none where nobody is.
  std::optional<SignalMode> mode() const;
  // Ends in PeerAccepted or PeerRefused.
  std::expected<void, api::Error> join(Joining joining, Moment now, SignalOutput& out);
  std::expected<void, api::Error> leave(const std::string& client_id, SignalOutput& out);
  std::expected<void, api::Error> send(const std::string& client_id, Sending sending, SignalOutput& out);
  std::expected<void, api::Error> seal(const std::string& client_id, SignalOutput& out);

  bool is_peer_here(const std::string& client_id) const;
  bool idle() const { return local_.empty(); }
  // What is published if the client is lost with this daemon.
  std::vector<Publication> wills(const std::string& client_id) const;

  bool sealed() const;
  PeerId host() const;
  // Those that are certain, in the order in which they came.
  std::vector<PeerView> peers() const;

  // Upkeep
  // --------------------------------------------------------------------------------------------------------------

  // Clears what these instances, dead for an hour, have left.
  void sweep(const std::set<std::string, std::less<>>& dead, SignalOutput& out) const;

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment now, SignalOutput& out);

 private:
  struct Local {
    PeerId id = 0;
    PeerRecord record;
    bool asked = false;     // for this very id
    bool accepted = false;  // the id is its own
    unsigned attempts = 0;
  };
  using Locals = std::map<std::string, Local, std::less<>>;
  using Holder = PeerClaims::Holder;

  // signal_room_broker.cpp
  void on_peer(PeerId id, PeerNews news, Moment now, SignalOutput& out);
  void on_record(PeerId id, const PeerRecord& record, Moment now, SignalOutput& out);
  void on_departure(PeerId id, const PeerDeparture& departure, Moment now, SignalOutput& out);
  void on_cleared(PeerId id, Moment now, SignalOutput& out);
  void on_signal(std::optional<SignalMessage> message, Moment now, SignalOutput& out);
  void on_settled(PeerId id, Moment now, SignalOutput& out);
  void on_freed(PeerId id, Moment now, SignalOutput& out);
  void on_gone(PeerId id, const Holder& holder, SignalOutput& out);
  void on_sealed(SignalOutput& out);
  void close(SignalOutput& out);
  void deliver_waiting(SignalOutput& out);
  bool is_ready(const SignalMessage& message) const;
  std::set<std::string, std::less<>> known_topics() const;

  // signal_room.cpp
  void claim(Locals::iterator local, Moment now, SignalOutput& out);
  // The id is its own.
  void accept(Locals::iterator local, Moment now, SignalOutput& out);
  void refuse(Locals::iterator local, api::Error error, SignalOutput& out);
  // Its claim has lost.
  void yield(Locals::iterator local, Moment now, SignalOutput& out);
  void depart(Locals::iterator local, SignalOutput& out);
  void tell_others(PeerId id, const Holder& holder, bool came, SignalOutput& out) const;
  void write(PeerId id, const PeerRecord& record, SignalOutput& out) const;
  // Where another claim, or nothing, stands in its place.
  void defend(Locals::iterator local, SignalOutput& out);
  std::expected<PeerId, api::Error> choose_id(const Joining& joining);
  PeerId random_id();
  bool is_taken(PeerId id);
  std::optional<api::Error> entry_fault(SignalMode mode, PeerId own) const;
  static bool sees(SignalMode mode, PeerId viewer, PeerId other);
  static bool is_certain(const Holder& holder) { return holder.settled; }
  std::vector<PeerView> seen_by(PeerId viewer, SignalMode mode) const;
  Locals::iterator find_local(PeerId id);
  bool is_ours(const PeerRecord& record) const { return record.instance == surroundings_.instance; }
  std::expected<Locals::const_iterator, api::Error> find_peer(const std::string& client_id) const;

  Surroundings& surroundings_;
  Random random_;
  std::string name_;
  Settings settings_;
  SignalTopics topics_;
  bool loaded_ = false;
  Absences absences_;
  PeerClaims claims_;
  // Where there is no order: of whom a departure has come, so that what is cleared next is not another's. Until when.
  std::map<PeerId, Moment::TimePoint> departed_;
  Locals local_;
  WaitingMessages waiting_;
};

}  // namespace lobbyd::apps
