#include "service/upstream/link.hpp"

#include "protocol/mqtt/client.hpp"
#include "protocol/mqtt/secret.hpp"
#include "service/upstream/transport/transport.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <string_view>
#include <utility>

namespace lobbyd::upstream {
namespace {

// The fixed header comes on top of what counts as the packet's size in no more than five bytes (MQTT5 §2.1).
constexpr std::size_t fixed_header_size = 5;

// A burst's buffer is not kept for ever.
constexpr std::size_t kept_output_capacity = 256U << 10U;

}  // namespace

Link::Link(boost::asio::any_io_executor executor, std::unique_ptr<Transport> transport, mqtt::Client& client,
           std::size_t maximum_packet_size, LinkEvents& events)
    : executor_(std::move(executor)),
      client_(client),
      events_(events),
      input_(maximum_packet_size + fixed_header_size),
      transport_(std::move(transport)) {}

Link::~Link() {
  transport_.reset();
  forget_output();
}

void Link::connect() {
  transport_->connect([this](std::error_code error) {
    if (error) {
      events_.on_link_lost(error);
    } else {
      events_.on_link_connected();
    }
  });
}

void Link::start_reading() {
  reading_ = true;
  read();
}

void Link::stop_reading() {
  reading_ = false;
}

void Link::read() {
  const std::span<char> space = input_.writable();
  // The client ends the connection over a packet that is too large when it sees its header, so this is its fault.
  if (space.empty()) {
    reading_ = false;
    boost::asio::post(executor_,
                      lifeline_.guard([this] { events_.on_link_lost(std::make_error_code(std::errc::message_size)); }));
    return;
  }
  transport_->read_some(space, [this](std::error_code error, std::size_t bytes) { on_read(error, bytes); });
}

void Link::on_read(std::error_code error, std::size_t bytes) {
  if (error) {
    return events_.on_link_lost(error);
  }
  if (!reading_) {
    return;
  }
  flush_comes_ = true;
  input_.written(bytes);
  input_.consume(client_.receive(input_.readable(), std::chrono::steady_clock::now()));
  events_.on_read_handled();
  if (reading_) {
    read();
  }
  flush();
}

void Link::request_flush() {
  if (flush_comes_ || writing_) {
    return;
  }
  flush_comes_ = true;
  boost::asio::post(executor_, lifeline_.guard([this] { flush(); }));
}

void Link::flush() {
  if (writing_) {
    flush_comes_ = false;
    return;
  }
  flush_comes_ = true;
  events_.on_writable();
  flush_comes_ = false;
  if (!client_.has_output()) {
    return events_.on_all_written();
  }
  client_.take_output(output_);
  writing_ = true;
  transport_->write(output_, [this](std::error_code error) { on_written(error); });
}

void Link::on_written(std::error_code error) {
  if (error) {
    // The peer may have said why it closed: what it sent before is read first, and then the reader finds the end.
    return reading_ ? void() : events_.on_link_lost(error);
  }
  writing_ = false;
  forget_output();
  if (output_.capacity() > kept_output_capacity) {
    output_ = {};
  }
  flush();
}

// The first output is CONNECT, which may hold a password.
void Link::forget_output() {
  std::exchange(wrote_connect_, true) ? output_.clear() : mqtt::wipe(output_);
}

std::size_t Link::unwritten() const {
  return client_.output_size() + output_.size();
}

}  // namespace lobbyd::upstream
