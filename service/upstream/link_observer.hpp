#pragma once

namespace lobbyd::mqtt {
struct ServerLimits;
}

namespace lobbyd::upstream {

// Whoever sums up the connections to one broker.
class LinkObserver {
 public:
  // A connection has been made; before anyone else is told.
  virtual void on_link_up(const mqtt::ServerLimits& limits) = 0;
  // A connection has been made or lost, an attempt has failed, or a lane is restored; after everyone else was told.
  virtual void on_links_changed() = 0;

 protected:
  ~LinkObserver() = default;
};

}  // namespace lobbyd::upstream
