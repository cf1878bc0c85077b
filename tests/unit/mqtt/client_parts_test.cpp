#include "protocol/mqtt/inbound.hpp"
#include "protocol/mqtt/outbound.hpp"
#include "protocol/mqtt/packet_ids.hpp"
#include "protocol/mqtt/packet_writer.hpp"
#include "protocol/mqtt/stored_publish.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

// What the parts of a client promise each by itself, where no conversation with a server could show it.

namespace lobbyd::mqtt::test {
namespace {

TEST(PacketIds, GivesEachIdentifierOnceAndThenNone) {
  PacketIds ids;
  std::set<std::uint16_t> taken;
  for (std::size_t count = 0; count < PacketIds::capacity; ++count) taken.insert(ids.take().value());
  EXPECT_EQ(taken.size(), PacketIds::capacity);
  EXPECT_FALSE(taken.contains(0));
  EXPECT_EQ(ids.take(), std::nullopt);
  EXPECT_EQ(ids.in_use(), PacketIds::capacity);
}

TEST(PacketIds, FindsTheOnlyFreeOneWhereverItIs) {
  PacketIds ids;
  while (ids.take()) {
  }
  for (const std::uint16_t free : std::array<std::uint16_t, 8>{1, 63, 64, 65, 32'768, 65'534, 65'535, 1}) {
    ids.release(free);
    EXPECT_FALSE(ids.is_in_use(free));
    EXPECT_EQ(ids.take(), free);
    EXPECT_EQ(ids.take(), std::nullopt);
  }
}

TEST(PacketIds, GoesRoundAndPassesOverThoseInUse) {
  PacketIds ids;
  EXPECT_EQ(ids.take(), 1);
  EXPECT_EQ(ids.take(), 2);
  ids.release(2);
  for (unsigned next = 3; next <= PacketIds::capacity; ++next) {
    ASSERT_EQ(ids.take(), next);
    ids.release(static_cast<std::uint16_t>(next));
  }
  EXPECT_EQ(ids.take(), 2) << "1 is still in use";
}

TEST(PacketIds, ReleasingWhatIsNotInUseChangesNothing) {
  PacketIds ids;
  ids.release(0);
  ids.release(7);
  EXPECT_EQ(ids.in_use(), 0U);
  EXPECT_EQ(ids.take(), 1);
}

struct RedoRow {
  OutboundSituation situation;
  Redo expected = Redo::forget;
};

constexpr OutboundState puback = OutboundState::awaiting_puback;
constexpr OutboundState pubrec = OutboundState::awaiting_pubrec;
constexpr OutboundState pubcomp = OutboundState::awaiting_pubcomp;

constexpr RedoRow redo_rows[] = {
    {{.state = puback, .in_session = true, .abandoned = false}, Redo::publish_again},
    {{.state = puback, .in_session = true, .abandoned = true}, Redo::forget},
    {{.state = puback, .in_session = false, .abandoned = false}, Redo::publish_anew},
    {{.state = puback, .in_session = false, .abandoned = true}, Redo::forget},
    {{.state = pubrec, .in_session = true, .abandoned = false}, Redo::publish_again},
    {{.state = pubrec, .in_session = true, .abandoned = true}, Redo::pubrel},
    {{.state = pubrec, .in_session = false, .abandoned = false}, Redo::publish_anew},
    {{.state = pubrec, .in_session = false, .abandoned = true}, Redo::forget},
    {{.state = pubcomp, .in_session = true, .abandoned = false}, Redo::pubrel},
    {{.state = pubcomp, .in_session = true, .abandoned = true}, Redo::pubrel},
    {{.state = pubcomp, .in_session = false, .abandoned = false}, Redo::delivered},
    {{.state = pubcomp, .in_session = false, .abandoned = true}, Redo::forget},
};

TEST(Outbound, KnowsWhatToDoAgainInEachSituation) {
  for (const RedoRow& row : redo_rows) {
    EXPECT_EQ(redo(row.situation), row.expected) << "row " << (&row - redo_rows);
  }
}

TEST(StoredPublish, LosesNothing) {
  const std::array<UserProperty, 2> user_properties = {UserProperty{"k", "v"}, UserProperty{"k", "w"}};
  Publish message;
  message.topic = "a/b";
  message.payload = std::string_view("\0\xFF", 2);
  message.qos = QoS::exactly_once;
  message.retain = true;
  message.packet_id = 77;
  message.topic_alias = 3;
  message.properties = {.payload_is_utf8 = true,
                        .message_expiry = 9,
                        .content_type = "type",
                        .response_topic = "c/d",
                        .correlation_data = "data",
                        .user_properties = user_properties};
  const StoredPublish stored = StoredPublish::make(message).value();
  Decoder decoder(Version::v5);
  const Publish read = stored.read(decoder);
  EXPECT_EQ(read.topic, message.topic);
  EXPECT_EQ(read.payload, message.payload);
  EXPECT_EQ(read.qos, message.qos);
  EXPECT_EQ(read.retain, message.retain);
  EXPECT_EQ(read.packet_id, message.packet_id);
  EXPECT_EQ(read.topic_alias, std::nullopt);
  EXPECT_EQ(read.properties.payload_is_utf8, true);
  EXPECT_EQ(read.properties.message_expiry, 9U);
  EXPECT_EQ(read.properties.content_type, "type");
  EXPECT_EQ(read.properties.response_topic, "c/d");
  EXPECT_EQ(read.properties.correlation_data, "data");
  ASSERT_EQ(read.properties.user_properties.size(), 2U);
  EXPECT_EQ(read.properties.user_properties[1], user_properties[1]);
}

TEST(StoredPublish, RefusesWhatCannotBeEncoded) {
  const std::string too_long(65'536, 'x');
  Publish message;
  message.topic = too_long;
  message.qos = QoS::at_least_once;
  message.packet_id = 1;
  EXPECT_EQ(StoredPublish::make(message).error(), EncodeError::string_too_long);
}

// The CONNECT with a password, say, of a link that was lost before it could be written.
TEST(PacketWriter, WipesWhatIsNotSent) {
  PacketWriter writer;
  Connect connect;
  connect.client_id = "me";
  connect.password = "wonder land";
  writer.write(connect);
  const std::string_view written = writer.output();
  writer.clear();
  // The memory is still the output's.
  EXPECT_EQ(written, std::string(written.size(), '\0'));
}

TEST(Inbound, AcknowledgingWhatIsUnknownOrDoneChangesNothing) {
  Inbound inbound;
  inbound.link_up(10, false, false);
  inbound.acknowledge(4);
  EXPECT_FALSE(inbound.next_answer());
  EXPECT_EQ(inbound.on_publish(QoS::exactly_once, 4, false), Inbound::Arrival::fresh);
  inbound.acknowledge(4);
  ASSERT_TRUE(inbound.next_answer());
  inbound.acknowledge(4);
  EXPECT_FALSE(inbound.next_answer());
  EXPECT_EQ(inbound.on_pubrel(4), Inbound::Release::released);
  EXPECT_EQ(inbound.on_pubrel(4), Inbound::Release::unknown);
}

}  // namespace
}  // namespace lobbyd::mqtt::test
