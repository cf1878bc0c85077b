#include "service/upstream/transport/transport.hpp"

#include "service/upstream/transport/layers.hpp"

#include <utility>

namespace lobbyd::upstream {
namespace {

template <typename Stack>
class LayeredTransport final : public Transport {
 public:
  explicit LayeredTransport(std::shared_ptr<Stack> layers) : layers_(std::move(layers)) {}
  LayeredTransport(const LayeredTransport&) = delete;
  LayeredTransport& operator=(const LayeredTransport&) = delete;
  ~LayeredTransport() override { layers_->abandon(); }

  void connect(ConnectHandler handler) override { layers_->connect(std::move(handler)); }
  void read_some(std::span<char> buffer, ReadHandler handler) override {
    layers_->read_some(buffer, std::move(handler));
  }
  void write(std::string_view bytes, WriteHandler handler) override { layers_->write(bytes, std::move(handler)); }
  void close() override { layers_->close(); }

 private:
  std::shared_ptr<Stack> layers_;
};

template <typename Connector, bool has_tls = false, bool has_websocket = false>
std::unique_ptr<Transport> make(const boost::asio::any_io_executor& executor, const mqtt::BrokerUrl& url,
                                const TlsClient* tls, Reach reach) {
  using Stack = Layers<Connector, has_tls, has_websocket>;
  return std::make_unique<LayeredTransport<Stack>>(std::make_shared<Stack>(executor, url, tls, reach));
}

}  // namespace

std::unique_ptr<Transport> make_transport(boost::asio::any_io_executor executor, const mqtt::BrokerUrl& url,
                                          const TlsClient* tls, Reach reach) {
  switch (url.carrier) {
    case mqtt::Carrier::unix_socket:
      return make<UnixConnector>(executor, url, nullptr, reach);
    case mqtt::Carrier::tls:
      return make<TcpConnector, true>(executor, url, tls, reach);
    case mqtt::Carrier::websocket:
      return make<TcpConnector, false, true>(executor, url, nullptr, reach);
    case mqtt::Carrier::websocket_tls:
      return make<TcpConnector, true, true>(executor, url, tls, reach);
    case mqtt::Carrier::tcp:
      break;
  }
  return make<TcpConnector>(executor, url, nullptr, reach);
}

}  // namespace lobbyd::upstream
