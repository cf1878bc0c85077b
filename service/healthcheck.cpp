#include "service/healthcheck.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>

namespace lobbyd {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds patience{5};

struct Check {
  explicit Check(boost::asio::io_context& context) : stream(context) {}

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  http::request<http::empty_body> request{http::verb::get, "/healthz", 11};
  http::response<http::string_body> response;
  error_code error;
};

}  // namespace

std::expected<void, std::string> check_health(const config::Endpoint& admin) {
  boost::asio::io_context context;
  Check check(context);
  // The daemon may listen on every address; this machine reaches it by loopback.
  auto address = boost::asio::ip::make_address(admin.host);
  if (address.is_unspecified()) {
    address = address.is_v6() ? boost::asio::ip::address(boost::asio::ip::address_v6::loopback())
                              : boost::asio::ip::address(boost::asio::ip::address_v4::loopback());
  }
  check.request.set(http::field::host, "localhost");
  check.stream.expires_after(patience);
  check.stream.async_connect(boost::asio::ip::tcp::endpoint(address, admin.port), [&](error_code connect_error) {
    check.error = connect_error;
    if (connect_error) {
      return;
    }
    http::async_write(check.stream, check.request, [&](error_code write_error, std::size_t) {
      check.error = write_error;
      if (write_error) {
        return;
      }
      http::async_read(check.stream, check.buffer, check.response,
                       [&](error_code read_error, std::size_t) { check.error = read_error; });
    });
  });
  context.run();
  if (check.error) {
    return std::unexpected("no answer from " + config::to_string(admin) + ": " + check.error.message());
  }
  if (check.response.result() != http::status::ok) {
    return std::unexpected("unhealthy: " + check.response.body());
  }
  return {};
}

}  // namespace lobbyd
