#pragma once

// How a table of scenes becomes tests: each is played with packets delivered whole, and byte by byte.
//
//   class ClientKeepAlive : public ClientScene {};
//   TEST_P(ClientKeepAlive, PlaysAsWritten) { play_and_compare(); }
//   INSTANTIATE_TEST_SUITE_P(Scenes, ClientKeepAlive, in_both_deliveries(scenes), scene_name);

#include "tests/unit/mqtt/client_script.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <tuple>

namespace lobbyd::mqtt::test {

using SceneParameter = std::tuple<Scene, Delivery>;

class ClientScene : public testing::TestWithParam<SceneParameter> {
 protected:
  static void play_and_compare() {
    const auto& [scene, delivery] = GetParam();
    EXPECT_EQ(play(scene.script, delivery), tidy(scene.script));
  }
};

template <class Scenes>
auto in_both_deliveries(const Scenes& scenes) {
  return testing::Combine(testing::ValuesIn(scenes), testing::Values(Delivery::whole, Delivery::byte_by_byte));
}

inline void PrintTo(const Scene& scene, std::ostream* out) {
  *out << scene.name;
}

inline std::string scene_name(const testing::TestParamInfo<SceneParameter>& info) {
  const auto& [scene, delivery] = info.param;
  return std::string(scene.name) + (delivery == Delivery::whole ? "" : "_byte_by_byte");
}

}  // namespace lobbyd::mqtt::test
