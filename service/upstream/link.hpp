#pragma once

// One attempt at a network connection: moves bytes between a Transport and an mqtt::Client.
//
// All output that one turn of the loop produced leaves in one write: a command asks for a flush, which is posted
// once; while a write is under way the next output gathers in the client. What a read brought is handled whole
// before the output that it caused is written.

#include "service/upstream/lifeline.hpp"
#include "service/upstream/read_buffer.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace lobbyd::mqtt {
class Client;
}

namespace lobbyd::upstream {

class Transport;

// The calls marked with (last) are the last thing that the link does in its turn: the link may be destroyed in them.
class LinkEvents {
 public:
  // (last)
  virtual void on_link_connected() = 0;
  // (last) The connection could not be made, or is gone.
  virtual void on_link_lost(std::error_code error) = 0;
  // The client has handled all that one read brought.
  virtual void on_read_handled() = 0;
  // No write is under way: what is put into the client's output now leaves at once.
  virtual void on_writable() = 0;
  // (last) All output is written.
  virtual void on_all_written() = 0;

 protected:
  ~LinkEvents() = default;
};

class Link {
 public:
  // `maximum_packet_size` bounds the read buffer.
  Link(boost::asio::any_io_executor executor, std::unique_ptr<Transport> transport, mqtt::Client& client,
       std::size_t maximum_packet_size, LinkEvents& events);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  void connect();
  void start_reading();
  // What comes after this is not read.
  void stop_reading();
  void request_flush();

  // Bytes that the operating system has not taken.
  std::size_t unwritten() const;

 private:
  void read();
  void on_read(std::error_code error, std::size_t bytes);
  void flush();
  void on_written(std::error_code error);
  void forget_output();

  boost::asio::any_io_executor executor_;
  mqtt::Client& client_;
  LinkEvents& events_;
  ReadBuffer input_;
  std::string output_;                    // being written; the client's pending output takes its capacity over
  std::unique_ptr<Transport> transport_;  // closed before the buffers that it uses are gone
  bool reading_ = false;
  bool writing_ = false;
  bool flush_comes_ = false;  // it is posted, or follows at the end of the present call
  bool wrote_connect_ = false;
  Lifeline lifeline_;
};

}  // namespace lobbyd::upstream
