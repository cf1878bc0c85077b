#include "service/hub/hubs.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace lobbyd::hub {

namespace {

constexpr std::chrono::milliseconds sweep_interval{250};
// For the wills and what else waits for the broker when a hub ends.
constexpr std::chrono::seconds last_publishes{3};
// Of the pool of a client's choice: it may be one of many.
constexpr std::uint32_t small_pool_max = 4;
constexpr std::size_t small_further_lanes = 4;
// Of the memory that the hub of a configured broker may take.
constexpr std::size_t small_share = 8;

upstream::BrokerOptions for_few(upstream::BrokerOptions options, std::uint32_t pool_max) {
  options.pool_size = 1;
  options.pool_max = pool_max;
  options.further_lanes = small_further_lanes;
  options.queue_messages /= small_share;
  options.queue_bytes /= small_share;
  return options;
}

Options for_few(Options options) {
  options.waiting_bytes /= small_share;
  options.fetch_messages /= small_share;
  options.fetch_bytes /= small_share;
  return options;
}

api::Error forbidden(std::string message) {
  return {api::Reason::forbidden, std::move(message)};
}

}  // namespace

Hubs::Hubs(boost::asio::any_io_executor executor, HubsOptions options)
    : executor_(std::move(executor)), options_(std::move(options)), timer_(executor_) {
  upstream::BrokerOptions broker = options_.brokers.find(main_broker)->second;
  broker.client_id_prefix = "lobbyd-" + options_.hub.instance + "-";
  main_ = std::make_shared<BrokerHub>(executor_, std::string(main_broker), false, options_.hub, std::move(broker),
                                      options_.extend);
}

void Hubs::start_main(Hub::StatusHandler on_status, std::function<void()> on_namesake) {
  on_namesake_ = std::move(on_namesake);
  main_->start(std::move(on_status), on_namesake_);
}

// Choosing -----------------------------------------------------------------------------------------------------------

std::expected<std::shared_ptr<BrokerHub>, api::Error> Hubs::enter(BrokerChoice choice) {
  auto target = find(choice.broker);
  if (!target) {
    return std::unexpected(std::move(target.error()));
  }
  if (!choice.credentials) {
    if (target->key == main_broker) {
      return main_;
    }
    const auto shared = std::ranges::find(entries_, target->key, &Entry::key);
    if (shared != entries_.end()) {
      return shared->broker;
    }
  } else {
    target->key.clear();
    target->label = "client";
    target->counted = true;
    target->options = for_few(std::move(target->options), 1);
    target->options.username = std::move(choice.credentials->username);
    target->options.password = std::move(choice.credentials->password);
  }
  if (target->counted && counted() >= options_.max_pools) {
    return std::unexpected(api::too_many(
        "too many clients have broker connections of their own; try again later, or without broker and credentials",
        options_.max_pools));
  }
  return add(std::move(*target), choice.credentials.has_value()).broker;
}

std::expected<Hubs::Target, api::Error> Hubs::find(const std::optional<std::string>& broker) const {
  const std::string name = broker.value_or(std::string(main_broker));
  if (name.find(':') != std::string::npos) {
    return find_url(name);
  }
  const auto found = options_.brokers.find(name);
  if (found == options_.brokers.end()) {
    return std::unexpected(
        api::Error{api::Reason::not_found, "there is no broker of that name; leave \"broker\" out for the default"});
  }
  return Target{.key = name, .name = name, .label = name, .counted = false, .options = found->second};
}

std::expected<Hubs::Target, api::Error> Hubs::find_url(const std::string& text) const {
  if (options_.urls.empty()) {
    return std::unexpected(forbidden("the operator does not allow brokers by URL"));
  }
  auto url = mqtt::parse_broker_url(text);
  if (!url) {
    return std::unexpected(forbidden("\"broker\" is no name and no broker's URL: " + url.error()));
  }
  const auto matches = [&](const mqtt::BrokerUrlPattern& pattern) { return pattern.matches(*url); };
  if (std::ranges::none_of(options_.urls, matches)) {
    return std::unexpected(forbidden("the operator does not allow this broker"));
  }
  const bool named = std::ranges::any_of(
      options_.urls, [&](const mqtt::BrokerUrlPattern& pattern) { return matches(pattern) && pattern.names_host(); });
  upstream::BrokerOptions options;
  options.tls = mqtt::uses_tls(url->carrier) ? options_.tls : nullptr;
  options.reach = named ? upstream::Reach::anywhere : upstream::Reach::internet;
  std::string key = mqtt::to_string(*url);
  std::string shown = mqtt::without_query(*url);
  options.endpoint = std::move(*url);
  return Target{.key = std::move(key),
                .name = std::move(shown),
                .label = "url",
                .counted = true,
                .options = for_few(std::move(options), small_pool_max)};
}

std::size_t Hubs::counted() const {
  return static_cast<std::size_t>(std::ranges::count_if(entries_, &Entry::counted));
}

// Two at once under one client id would take the broker's connections from each other, and under one topic mistake
// each other's marks.
std::string Hubs::free_label(const std::string& wanted) const {
  std::string label = wanted;
  for (unsigned number = 2; std::ranges::find(entries_, label, &Entry::label) != entries_.end(); ++number) {
    label = wanted + "." + std::to_string(number);
  }
  return label;
}

Hubs::Entry& Hubs::add(Target target, bool dedicated) {
  const std::string label = free_label(target.label);
  Options hub = target.counted ? for_few(options_.hub) : options_.hub;
  // Not to be mixed up with another instance: their names have no colon.
  hub.instance += ":" + label;
  if (dedicated) {
    // Its user may have no rights below the prefix.
    hub.shared_wills = false;
  }
  target.options.client_id_prefix = "lobbyd-" + hub.instance + "-";
  spdlog::info("a client asks for broker {}{}: connecting as \"{}…\"", target.name,
               dedicated ? " with credentials of its own" : "", target.options.client_id_prefix);
  Entry& entry = entries_.emplace_back(
      Entry{.key = std::move(target.key),
            .label = label,
            .counted = target.counted,
            .broker = std::make_shared<BrokerHub>(executor_, std::move(target.name), dedicated, hub,
                                                  std::move(target.options), options_.extend),
            .unused_since = std::nullopt});
  entry.broker->start({}, on_namesake_);
  watch();
  return entry;
}

// The end of those that nobody uses -----------------------------------------------------------------------------------

void Hubs::watch() {
  if (std::exchange(watching_, true)) {
    return;
  }
  timer_.expires_after(sweep_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    watching_ = false;
    if (!error) {
      sweep(std::chrono::steady_clock::now());
    }
  });
}

void Hubs::sweep(TimePoint now) {
  for (Entry& entry : entries_) {
    if (!entry.ending && is_over(entry, now)) {
      spdlog::info("broker {}: no client uses it any more as \"{}\", so its connections end", entry.broker->name(),
                   entry.label);
      end(entry, last_publishes);
    }
  }
  if (!entries_.empty()) {
    watch();
  }
}

bool Hubs::is_over(Entry& entry, TimePoint now) const {
  const bool used = entry.broker.use_count() > 1 || entry.broker->hub().has_delayed_wills();
  if (used) {
    entry.unused_since.reset();
    return false;
  }
  if (!entry.unused_since) {
    entry.unused_since = now;
  }
  return now - *entry.unused_since >= options_.idle ||
         (entry.broker->dedicated() && !entry.broker->hub().has_wills_on_their_way());
}

void Hubs::end(Entry& entry, std::chrono::milliseconds deadline) {
  entry.ending = true;
  entry.key.clear();
  entry.broker->hub().stop(deadline, [this, label = entry.label] {
    // Not from within the hub.
    boost::asio::post(executor_, [this, label] {
      std::erase_if(entries_, [&](const Entry& ended) { return ended.label == label; });
      tell_when_stopped();
    });
  });
}

void Hubs::stop(std::chrono::milliseconds deadline, std::move_only_function<void()> done) {
  stopped_ = std::move(done);
  timer_.cancel();
  for (Entry& entry : entries_) {
    if (!entry.ending) {
      end(entry, deadline);
    }
  }
  main_->hub().stop(deadline, [this] {
    main_stopped_ = true;
    tell_when_stopped();
  });
}

void Hubs::tell_when_stopped() {
  if (stopped_ && main_stopped_ && entries_.empty()) {
    std::exchange(stopped_, nullptr)();
  }
}

}  // namespace lobbyd::hub
