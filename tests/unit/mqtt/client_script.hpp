#pragma once

// A conversation of a client with a server, as a script that is played, and that is also what has to come out.
//
//   start v5 receive_maximum=1      a client that is connected: what it said on the way is left out
//   publish q1 tag=7 a/b x          a command; topic and payload come last
//   client: PUBLISH q1 #1 a/b x     what the client put into its output
//   server: PUBACK #1               what the server sends: see packet_text.hpp
//   event: published 7              what the client reported
//
// Lines with "client:", "event:" and "result:" are what is expected, all others are what is done; a line without a
// counterpart on either side fails. Further commands:
//   options NAME=VALUE ...          first, if at all
//   open v5 clean|resume            closed            disconnect REASON        wait SECONDS
//   subscribe tag=1 [id=9] a/+:1 b:0      unsubscribe tag=2 a/+ b
//   ack #7                          ack on            from here on each message is acknowledged as it is reported
//   quota                           in_flight         state
//   abandon                         their "result:" is a number, a state, or tags or "none"
// A command that is refused has its error as "result:".

#include <string>
#include <string_view>

namespace lobbyd::mqtt::test {

enum class Delivery { whole, byte_by_byte };

struct Scene {
  std::string_view name;
  std::string_view script;
};

// What was done and what came of it, line by line.
std::string play(std::string_view script, Delivery delivery);

// The same lines, without indentation and empty lines: what play() returns where all is well.
std::string tidy(std::string_view script);

}  // namespace lobbyd::mqtt::test
