#include "config/suggest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lobbyd::config {
namespace {

const std::vector<std::string> candidates = {"limits.max_clients", "limits.max_qos", "log.level", "listen"};

std::string suggestion(std::string_view wrong) {
  return did_you_mean(wrong, candidates, '.');
}

TEST(Suggest, MeasuresDistance) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("level", "levle"), 1U);
}

TEST(Suggest, FindsSlips) {
  EXPECT_EQ(suggestion("limits.max_client"), "; did you mean limits.max_clients?");
  EXPECT_EQ(suggestion("limit.max_qso"), "; did you mean limits.max_qos?");
  EXPECT_EQ(suggestion("listn"), "; did you mean listen?");
}

TEST(Suggest, FindsForgottenAndMixedUpSections) {
  EXPECT_EQ(suggestion("max_qos"), "; did you mean limits.max_qos?");
  EXPECT_EQ(suggestion("broker.level"), "; did you mean log.level?");
}

TEST(Suggest, IsSilentAboutWhatIsFar) {
  EXPECT_EQ(suggestion("colour"), "");
  EXPECT_EQ(suggestion(""), "");
  EXPECT_EQ(suggestion("limits.max_clients" + std::string(100, 's')), "");
}

}  // namespace
}  // namespace lobbyd::config
