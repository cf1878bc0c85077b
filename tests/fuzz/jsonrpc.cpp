// Any text is answered: with well-formed JSON, small enough for every client, and without an exception.

#include "protocol/api/envelope.hpp"
#include "protocol/api/message_writer.hpp"
#include "protocol/api/params.hpp"
#include "protocol/api/results.hpp"
#include "protocol/websocket/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace lobbyd::api;

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

void check_error(const Id& id, const Error& error) {
  const std::string answer = write_error(id, error);
  require(answer.size() <= min_client_message_bytes);
  require(Json::accept(answer));
}

// What was published comes back as it was.
void check_publish(const PublishParams& publish) {
  const std::vector<std::pair<std::string_view, std::string_view>> user_properties(publish.user_properties.begin(),
                                                                                   publish.user_properties.end());
  const MessageView view{.topic = publish.topic,
                         .payload = publish.payload,
                         .qos = publish.qos,
                         .retain = publish.retain,
                         .correlation_data = publish.correlation_data,
                         .user_properties = user_properties};
  for (const PayloadForm form : {PayloadForm::automatic, PayloadForm::base64}) {
    std::string text;
    append_message_object(text, view, form);
    JsonReader reader;
    const auto params = reader.read(text);
    require(params.has_value());
    const auto again = parse_publish(**params);
    require(again.has_value());
    require(again->topic == publish.topic && again->payload == publish.payload && again->qos == publish.qos);
    require(again->retain == publish.retain && again->correlation_data == publish.correlation_data);
    require(again->user_properties == publish.user_properties);
  }
}

void check_request(const Request& request) {
  std::string json;
  append_json(json, *request.params);
  require(Json::accept(write_result_text(request.id, json)));
  if (const auto params = parse_params(request.method, *request.params); !params) {
    check_error(request.id, params.error());
  }
  for (const char* method :
       {"connect", "disconnect", "ping", "ack", "subscribe", "unsubscribe", "publish", "retained.get"}) {
    const auto params = parse_params(method, *request.params);
    if (!params) {
      check_error(request.id, params.error());
    } else if (const auto* publish = std::get_if<PublishParams>(&*params)) {
      check_publish(*publish);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static JsonReader reader;
  const Incoming incoming = parse_frame(reader, text);
  require(!incoming.calls.empty() && incoming.calls.size() <= max_batch_size);
  require(incoming.batch || incoming.calls.size() == 1);
  for (const Call& call : incoming.calls) {
    if (call) {
      check_request(*call);
    } else {
      check_error(call.error().id, call.error().error);
    }
  }
  return 0;
}
