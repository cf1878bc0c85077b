#pragma once

// What is answered to an HTTP request, as text (RFC 9112). Pure.

#include "service/gateway/http_policy.hpp"

#include <string>

namespace lobbyd::gateway {

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::string allow = {};         // of 405: the methods that there are (RFC 9110 §15.5.6)
  std::string allow_origin = {};  // of a page that may read the answer (Fetch, Access-Control-Allow-Origin)
};

struct HttpDelivery {
  bool keep_alive = true;
  bool head_only = false;  // the length stays that of the body which a GET would have (RFC 9110 §9.3.2)
};

std::string write_response(const HttpResponse& response, HttpDelivery delivery);
// 101 Switching Protocols (RFC 6455 §4.2.2)
std::string write_upgrade(const UpgradeAnswer& answer);

}  // namespace lobbyd::gateway
