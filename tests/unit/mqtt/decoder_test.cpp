#include "protocol/mqtt/decoder.hpp"

#include "tests/unit/mqtt/allocation_count.hpp"
#include "tests/unit/mqtt/packet_notation.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lobbyd::mqtt {
namespace {

using test::allocation_count;
using test::packet_bytes;

// A decoder together with the bytes that its last packet refers to.
class Harness {
 public:
  explicit Harness(Version version = Version::v5) : decoder_(version) {}

  template <class Expected>
  Expected decode(std::string_view notation) {
    bytes_ = packet_bytes(notation);
    const auto header = read_fixed_header(bytes_, 0xFFFFFFFF);
    EXPECT_TRUE(header && *header) << notation;
    const auto packet = decoder_.decode(**header, std::string_view(bytes_).substr((**header).size));
    EXPECT_TRUE(packet) << notation << ": " << (packet ? "" : describe(packet.error()));
    return packet ? std::get<Expected>(*packet) : Expected{};
  }
  Decoder& decoder() { return decoder_; }
  const std::string& bytes() const { return bytes_; }

 private:
  Decoder decoder_;
  std::string bytes_;
};

TEST(Decoder, ReadsAConnectByTheVersionThatItNames) {
  Harness harness(Version::v5);
  EXPECT_EQ(harness.decode<Connect>("10 [('MQTT') 04 02 00 00 ('c')]").version, Version::v3_1_1);
  EXPECT_EQ(harness.decoder().version(), Version::v3_1_1);
  EXPECT_EQ(harness.decode<Puback>("40 [00 01]").packet_id, 1);
  EXPECT_EQ(harness.decode<Connect>("10 [('MQTT') 05 02 00 00 [] ('c')]").version, Version::v5);
  EXPECT_EQ(harness.decoder().version(), Version::v5);
  EXPECT_EQ(harness.decode<Puback>("40 [00 01 10]").reason, ReasonCode::no_matching_subscribers);
}

TEST(Decoder, KeepsItsVersionWhenAConnectIsRefused) {
  Decoder decoder(Version::v5);
  const std::string bytes = packet_bytes("10 [('MQTT') 04 02 00 00 ('c') 00]");
  const auto header = read_fixed_header(bytes, 1000);
  ASSERT_TRUE(header && *header);
  EXPECT_FALSE(decoder.decode(**header, std::string_view(bytes).substr(2)));
  EXPECT_EQ(decoder.version(), Version::v5);
}

TEST(Decoder, KeepsTheDefaultsOfWhatIsAbsent) {
  Harness harness;
  const auto connect = harness.decode<Connect>("10 [('MQTT') 05 00 00 00 [] ()]");
  EXPECT_FALSE(connect.clean_start);
  EXPECT_FALSE(connect.will);
  EXPECT_FALSE(connect.username);
  EXPECT_FALSE(connect.password);
  EXPECT_EQ(connect.session_expiry, 0U);
  EXPECT_FALSE(connect.receive_maximum);
  EXPECT_FALSE(connect.maximum_packet_size);
  EXPECT_EQ(connect.topic_alias_maximum, 0);
  EXPECT_FALSE(connect.request_response_information);
  EXPECT_TRUE(connect.request_problem_information);
  EXPECT_TRUE(connect.user_properties.empty());
}

TEST(Decoder, TellsEmptyFromAbsent) {
  Harness harness;
  const auto connect = harness.decode<Connect>("10 [('MQTT') 05 C2 00 00 [15 ()] ('c') () ()]");
  EXPECT_EQ(connect.username, "");
  EXPECT_EQ(connect.password, "");
  EXPECT_EQ(connect.authentication_method, "");
  EXPECT_FALSE(connect.authentication_data);
  const auto publish = harness.decode<Publish>("30 [('a') [01 00 02 00 00 00 00 03 () 09 ()]]");
  EXPECT_EQ(publish.properties.payload_is_utf8, false);
  EXPECT_EQ(publish.properties.message_expiry, 0U);
  EXPECT_EQ(publish.properties.content_type, "");
  EXPECT_EQ(publish.properties.correlation_data, "");
  EXPECT_FALSE(publish.properties.response_topic);
}

TEST(Decoder, ForgetsThePropertiesOfThePacketBefore) {
  Harness harness;
  EXPECT_EQ(harness.decode<Publish>("30 [('a') [03 ('x') 0B 01 23 00 07 26 ('k') ('v')]]").topic_alias, 7);
  const auto publish = harness.decode<Publish>("30 [('a') []]");
  EXPECT_FALSE(publish.topic_alias);
  EXPECT_FALSE(publish.properties.content_type);
  EXPECT_TRUE(publish.properties.user_properties.empty());
  EXPECT_TRUE(publish.subscription_ids.empty());
}

TEST(Decoder, KeepsTheWillsPropertiesApartFromTheConnects) {
  Harness harness;
  const auto connect = harness.decode<Connect>(
      "10 [('MQTT') 05 06 00 00 [26 ('a') ('1') 26 ('b') ('2')] ('c') [26 ('w') ('3') 18 00 00 00 05] ('t') ('gone')]");
  ASSERT_EQ(connect.user_properties.size(), 2U);
  EXPECT_EQ(connect.user_properties[1], (UserProperty{"b", "2"}));
  ASSERT_TRUE(connect.will);
  ASSERT_EQ(connect.will->properties.user_properties.size(), 1U);
  EXPECT_EQ(connect.will->properties.user_properties[0], (UserProperty{"w", "3"}));
  EXPECT_EQ(connect.will->delay_interval, 5U);
}

TEST(Decoder, TakesPropertiesInAnyOrder) {
  Harness harness;
  const auto publish =
      harness.decode<Publish>("30 [('a') [26 ('k') ('v') 0B 05 03 ('x') 0B 06 26 ('k') ('w') 01 01] 'p']");
  ASSERT_EQ(publish.subscription_ids.size(), 2U);
  EXPECT_EQ(publish.subscription_ids[1], 6U);
  ASSERT_EQ(publish.properties.user_properties.size(), 2U);
  EXPECT_EQ(publish.properties.user_properties[1], (UserProperty{"k", "w"}));
  EXPECT_EQ(publish.properties.payload_is_utf8, true);
}

TEST(Decoder, DoesNotCheckThePayloadThatCallsItselfUtf8) {
  Harness harness;
  EXPECT_EQ(harness.decode<Publish>("30 [('a') [01 01] FF FE]").payload, "\xFF\xFE");
}

TEST(Decoder, TakesRepliesThatEndEarly) {
  Harness harness;
  EXPECT_EQ(harness.decode<Puback>("40 [00 01]").reason, ReasonCode::success);
  EXPECT_EQ(harness.decode<Pubrec>("50 [00 01 97]").reason, ReasonCode::quota_exceeded);
  EXPECT_EQ(harness.decode<Pubrel>("62 [00 01 92 []]").reason, ReasonCode::packet_identifier_not_found);
  EXPECT_EQ(harness.decode<Disconnect>("E0 []").reason, ReasonCode::success);
  EXPECT_EQ(harness.decode<Disconnect>("E0 [8B]").reason, ReasonCode::server_shutting_down);
  EXPECT_EQ(harness.decode<Disconnect>("E0 [8B []]").reason, ReasonCode::server_shutting_down);
  EXPECT_EQ(harness.decode<Auth>("F0 []").reason, ReasonCode::success);
}

TEST(Decoder, TakesWhatOnlyLooksMalformed) {
  Harness harness;
  EXPECT_EQ(harness.decode<Connect>("10 [('MQTT') 05 42 00 00 [] () ('pw')]").password, "pw") << "no user name";
  EXPECT_EQ(harness.decode<Publish>("30 [() [23 00 01] 'p']").topic, "");
  EXPECT_EQ(harness.decode<Publish>("30 [('$SYS/x') []]").topic, "$SYS/x");
  EXPECT_EQ(harness.decode<Puback>("40 [00 01 00 [26 () ()]]").user_properties.size(), 1U);
  EXPECT_EQ(harness.decode<Subscribe>("82 [00 01 [] ('$share/g/a') 08]").subscriptions.size(), 1U);
  EXPECT_TRUE(harness.decode<Subscribe>("82 [00 01 [] ('$shared/g') 04]").subscriptions[0].no_local);
  EXPECT_EQ(harness.decode<Publish>("30 [('a') [0B FF FF FF 7F]]").subscription_ids[0], 268'435'455U);

  Harness old(Version::v3_1_1);
  EXPECT_EQ(old.decode<Subscribe>("82 [00 01 ('$share/g') 01]").subscriptions[0].filter, "$share/g");
  EXPECT_EQ(old.decode<Publish>("30 [('a') 00]").payload, std::string_view("\0", 1)) << "no property length";
  EXPECT_EQ(old.decode<Connack>("20 [00 04]").reason, ReasonCode::bad_user_name_or_password);
  EXPECT_EQ(old.decode<Suback>("90 [00 01 80 02]").reasons[0], ReasonCode::unspecified_error);
}

TEST(Decoder, RefersToTheBytesThatItWasGiven) {
  Harness harness;
  const auto publish = harness.decode<Publish>("30 [('topic') [26 ('key') ('value')] 'payload']");
  const char* const begin = harness.bytes().data();
  EXPECT_EQ(publish.topic.data(), begin + harness.bytes().find("topic"));
  EXPECT_EQ(publish.payload.data(), begin + harness.bytes().find("payload"));
  EXPECT_EQ(publish.properties.user_properties[0].value.data(), begin + harness.bytes().find("value"));
}

TEST(Decoder, ReadsNoFurtherThanTheRemainingLength) {
  const std::string bytes = packet_bytes("30 [('a') [] 'payload'] 'the next packet'");
  const auto header = read_fixed_header(bytes, 1000);
  ASSERT_TRUE(header && *header);
  Decoder decoder;
  const auto publish = decoder.decode_publish(**header, std::string_view(bytes).substr((**header).size));
  ASSERT_TRUE(publish);
  EXPECT_EQ(publish->payload, "payload");
}

TEST(Decoder, ReadsPublishTheSameByBothWays) {
  for (const std::string_view notation :
       {"30 [('a') [] 'p']", "3D [('a') 12 34 [02 00 00 00 05 26 ('k') ('v')] 'p']", "32 [('a') 00 00 []]",
        "30 [('#') []]", "30 [('a') [23 00 00]]", "30 [() []]", "30 [('a')]"}) {
    const std::string bytes = packet_bytes(notation);
    const auto header = read_fixed_header(bytes, 1000);
    ASSERT_TRUE(header && *header);
    const std::string_view body = std::string_view(bytes).substr((**header).size);
    Decoder one;
    Decoder other;
    const auto direct = one.decode_publish(**header, body);
    const auto packet = other.decode(**header, body);
    ASSERT_EQ(direct.has_value(), packet.has_value()) << notation;
    if (direct) {
      EXPECT_EQ(direct->payload, std::get<Publish>(*packet).payload);
      EXPECT_EQ(direct->packet_id, std::get<Publish>(*packet).packet_id);
    } else {
      EXPECT_EQ(direct.error(), packet.error()) << notation;
    }
  }
}

TEST(Decoder, AllocatesNothingInSteadyState) {
  Decoder decoder;
  std::vector<std::pair<FixedHeader, std::string>> packets;
  for (const std::string_view notation :
       {"3D [('a/b') 12 34 [02 00 00 00 05 26 ('k') ('v') 26 ('k') ('w') 0B 01 0B 02] 'payload']",
        "82 [00 01 [26 ('k') ('v')] ('a') 00 ('b') 01]", "90 [00 01 [] 00 01 02]", "A2 [00 01 [] ('a') ('b')]",
        "40 [00 01 10 [1F ('why')]]",
        "10 [('MQTT') 05 06 00 00 [26 ('a') ('1')] ('c') [26 ('w') ('3')] ('t') ('gone')]"}) {
    const std::string bytes = packet_bytes(notation);
    const auto header = read_fixed_header(bytes, 1000);
    ASSERT_TRUE(header && *header);
    packets.emplace_back(**header, bytes.substr((**header).size));
  }
  const auto decode_all = [&] {
    bool decoded = true;
    for (const auto& [header, body] : packets) decoded = decoder.decode(header, body).has_value() && decoded;
    return decoded;
  };
  ASSERT_TRUE(decode_all());
  const std::size_t before = allocation_count();
  EXPECT_TRUE(decode_all());
  EXPECT_EQ(allocation_count(), before);
}

TEST(Decoder, GivesBackTheMemoryOfAnUnusualPacket) {
  Decoder decoder;
  std::string reasons = packet_bytes("00 01 00");
  reasons.append(100'000, '\0');
  const FixedHeader large{PacketType::suback, 0, static_cast<std::uint32_t>(reasons.size()), 4};
  const FixedHeader small{PacketType::suback, 0, 4, 2};
  const std::string body = packet_bytes("00 01 00 00");
  ASSERT_TRUE(decoder.decode(large, reasons));
  ASSERT_TRUE(decoder.decode(small, body));
  const std::size_t before = allocation_count();
  ASSERT_TRUE(decoder.decode(large, reasons));
  EXPECT_GT(allocation_count(), before) << "the list was given back and is made again";
}

}  // namespace
}  // namespace lobbyd::mqtt
