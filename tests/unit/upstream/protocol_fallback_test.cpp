#include "service/upstream/protocol_fallback.hpp"

#include <gtest/gtest.h>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using mqtt::Version;
using Refusal = ProtocolFallback::Refusal;

constexpr ProtocolFallback::TimePoint start{1000h};

TEST(ProtocolFallback, AChoiceOfOneVersionIsNeverLeft) {
  for (const auto& [choice, version] :
       {std::pair(ProtocolChoice::v5, Version::v5), std::pair(ProtocolChoice::v3_1_1, Version::v3_1_1)}) {
    ProtocolFallback fallback(choice);
    EXPECT_EQ(fallback.choose(start), version);
    EXPECT_EQ(fallback.refused(version, Refusal::stated, start), std::nullopt);
    EXPECT_EQ(fallback.refused(version, Refusal::silent, start), std::nullopt);
    EXPECT_EQ(fallback.choose(start), version);
  }
}

class AutomaticFallbackTest : public ::testing::TestWithParam<Refusal> {
 protected:
  ProtocolFallback fallback_{ProtocolChoice::automatic};
};

INSTANTIATE_TEST_SUITE_P(Refusals, AutomaticFallbackTest, ::testing::Values(Refusal::stated, Refusal::silent),
                         [](const auto& test) { return test.param == Refusal::stated ? "Stated" : "Silent"; });

TEST_P(AutomaticFallbackTest, Offers5First) {
  EXPECT_EQ(fallback_.choose(start), Version::v5);
}

TEST_P(AutomaticFallbackTest, Offers3_1_1AtOnceWhen5IsRefused) {
  EXPECT_EQ(fallback_.refused(Version::v5, GetParam(), start), Version::v3_1_1);
}

TEST_P(AutomaticFallbackTest, Forgets3_1_1IfItWasNotAccepted) {
  fallback_.refused(Version::v5, GetParam(), start);
  EXPECT_EQ(fallback_.choose(start), Version::v5) << "for a connection that was not refused itself";
  EXPECT_EQ(fallback_.refused(Version::v3_1_1, GetParam(), start), std::nullopt);
  EXPECT_EQ(fallback_.choose(start), Version::v5);
}

TEST_P(AutomaticFallbackTest, Remembers3_1_1ForAnHourIfItWasAccepted) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start + 59min), Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start + 1h), Version::v5);
}

TEST_P(AutomaticFallbackTest, AReconnectWith3_1_1DoesNotPutThe5OffFurther) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v3_1_1);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start + 1h), Version::v5);
}

TEST_P(AutomaticFallbackTest, AnotherRefusalOf5StartsAnotherHour) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.refused(Version::v5, GetParam(), start + 2h), Version::v3_1_1);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start + 2h + 59min), Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start + 3h), Version::v5);
}

TEST_P(AutomaticFallbackTest, StaysWith5OnceThatIsAcceptedAgain) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v3_1_1);
  fallback_.accepted(Version::v5);
  EXPECT_EQ(fallback_.choose(start + 1min), Version::v5);
}

TEST_P(AutomaticFallbackTest, A3_1_1ThatWasUnderWayWhen5WasAcceptedIsNotRemembered) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v5);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.choose(start), Version::v5);
}

TEST_P(AutomaticFallbackTest, ARefusalOf3_1_1EndsItsHour) {
  fallback_.refused(Version::v5, GetParam(), start);
  fallback_.accepted(Version::v3_1_1);
  EXPECT_EQ(fallback_.refused(Version::v3_1_1, GetParam(), start), std::nullopt);
  EXPECT_EQ(fallback_.choose(start), Version::v5);
}

TEST(ProtocolFallback, ASilentCloseByABrokerThatSpoke5IsNoRefusal) {
  ProtocolFallback fallback(ProtocolChoice::automatic);
  fallback.accepted(Version::v5);
  EXPECT_EQ(fallback.refused(Version::v5, Refusal::silent, start), std::nullopt);
  EXPECT_EQ(fallback.refused(Version::v5, Refusal::stated, start), Version::v3_1_1);
}

}  // namespace
}  // namespace lobbyd::upstream
