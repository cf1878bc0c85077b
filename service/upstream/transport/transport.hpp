#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "service/upstream/transport/reach.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>

namespace lobbyd::upstream {

class TlsClient;

// A byte stream to a broker, used for one connection and then thrown away: a reconnect makes a new one.
//
// Threads: all calls are made on the executor's thread, and all handlers are called there, never from within the call
// that took them. At most one connect, one read and one write are pending at a time.
//
// Deadlines: none here. The owner watches the time and calls close().
//
// End: after close() each pending handler is called once, with std::errc::operation_canceled, even if its operation
// had just succeeded. Destruction closes, too, but drops the pending handlers uncalled: an owner whose handlers
// capture `this` may simply be destroyed together with its Transport. A handler may destroy the Transport.
//
// Errors are those of the operating system and of Asio, of certificates and of the WebSocket handshake (errors.hpp), as
// std::error_code; the peer's orderly close is an error of read_some (end of file). After any error the owner calls
// close() or destroys the Transport. Nothing throws.
class Transport {
 public:
  using ConnectHandler = std::move_only_function<void(std::error_code)>;
  using ReadHandler = std::move_only_function<void(std::error_code, std::size_t bytes)>;
  using WriteHandler = std::move_only_function<void(std::error_code)>;

  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  // Resolves the name anew, tries its addresses one after the other, and makes what lies above TCP: TLS, a WebSocket.
  // The error is that of the last attempt.
  virtual void connect(ConnectHandler handler) = 0;

  // Reads what there is, at least one byte. The buffer belongs to the caller and must outlive the handler's call, or
  // the call of close().
  virtual void read_some(std::span<char> buffer, ReadHandler handler) = 0;

  // Writes all of it. The bytes belong to the caller and must outlive the handler's call, or the call of close().
  virtual void write(std::string_view bytes, WriteHandler handler) = 0;

  // May be called at any time, and more than once.
  virtual void close() = 0;
};

// As the URL says: TCP (TCP_NODELAY on; no TCP keep-alive, since MQTT has its own) or a Unix socket; on TCP perhaps
// TLS; on that perhaps a WebSocket with the subprotocol `mqtt`, MQTT in binary frames (MQTT5 §6). `tls` has been loaded
// where the URL asks for TLS, and is not needed else; it is not kept. A
// Unix socket is within every reach.
std::unique_ptr<Transport> make_transport(boost::asio::any_io_executor executor, const mqtt::BrokerUrl& url,
                                          const TlsClient* tls, Reach reach = Reach::anywhere);

}  // namespace lobbyd::upstream
