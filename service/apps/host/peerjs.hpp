#pragma once

// The clients of /peerjs on one broker: who has which id, on all instances, and the messages between them. One loop.
//
//   {prefix}peerjs/{id}/owner  retained: {"at","instance","token"}: who has the id
//   {prefix}peerjs/{id}/in     a message to it: {"src","type","payload"?}
//
// Of several that want an id at once the one has it whose claim came first in the broker's order: it is seen by whoever
// claims, and who has the id already writes its own again. The same token takes an id up again, from another instance,
// too.

#include "protocol/api/json_reader.hpp"
#include "service/apps/host/context.hpp"
#include "service/apps/host/feed.hpp"
#include "service/apps/signalling/peerjs_protocol.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lobbyd::apps {

class PeerJsVoice {
 public:
  enum class End : std::uint8_t { taken, taken_up_again, unavailable };

  virtual void on_open() = 0;
  // It does not have the id (any more).
  virtual void on_denied(End end) = 0;
  virtual void on_message(std::string_view source, const PeerJsMessage& message) = 0;

 protected:
  ~PeerJsVoice() = default;
};

class PeerJs final : private FeedListener {
 public:
  // A message to somebody who is not there waits so long.
  static constexpr std::chrono::seconds patience{5};

  explicit PeerJs(Context& context);
  PeerJs(const PeerJs&) = delete;
  PeerJs& operator=(const PeerJs&) = delete;
  ~PeerJs() = default;

  // `voice` learns what comes of it. `client`: has the will.
  void open(hub::Client& client, const PeerJsClient& peer, PeerJsVoice& voice);
  void send(const std::string& source, PeerJsMessage message);
  // The voice is silent from now on. `silent`: the record is left to its will.
  void close(const std::string& id, const PeerJsVoice& voice, bool silent);

  void append_wills(const hub::Client& client, std::vector<Publication>& wills) const;
  bool is_owner_topic(std::string_view topic) const;

  std::optional<Moment::TimePoint> next_timeout() const;
  void handle_timeout(Moment::TimePoint now);

 private:
  struct Owner {
    HybridTime at;
    std::string instance;
    std::string token;
  };
  struct Local {
    hub::Client* client = nullptr;
    PeerJsVoice* voice = nullptr;
    Owner own;
    std::optional<Owner> seen;  // that stood there before
    bool read = false;
    bool open = false;
  };
  struct Waiting {
    std::string source;
    PeerJsMessage message;
    Moment::TimePoint until;

    std::size_t weight() const { return sizeof(Waiting) + source.size() + message.payload.size(); }
  };
  // Of one destination, in order.
  struct Queue {
    std::deque<Waiting> messages;
    bool looking = false;
    Moment::TimePoint look_again;   // unless it is being looked for
    Moment::TimePoint known_until;  // it is there
  };

  void on_message(std::string_view topic, std::string_view payload) override;
  void on_read(bool forgetful) override;

  void on_owner(const std::string& id, std::string_view payload);
  void on_incoming(const std::string& id, std::string_view payload);
  void claim(const std::string& id);
  void write(const std::string& id, const Owner& owner);
  void end(const std::string& id, PeerJsVoice::End why);
  std::optional<Local> take_out(const std::string& id);
  void expire(const Waiting& waiting);
  void look(const std::string& destination);
  void send_all(const std::string& destination, Queue& queue);
  std::string topic(std::string_view id, std::string_view what) const;

  Context& context_;
  std::map<std::string, Local, std::less<>> locals_;         // by id
  std::unordered_map<const hub::Client*, std::string> ids_;  // of those
  std::map<std::string, Queue, std::less<>> queues_;         // by destination
  std::size_t waiting_bytes_ = 0;
  Feed feed_;
};

}  // namespace lobbyd::apps
