#include "service/upstream/embedded/broker_directory.hpp"

#include "tests/unit/upstream/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

using ::testing::HasSubstr;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BrokerDirectoryTest : public ::testing::Test {
 protected:
  TemporaryDirectory data_;
};

TEST_F(BrokerDirectoryTest, IsMadeForItsUserAlone) {
  const auto directory = BrokerDirectory::open(data_.path() / "not" / "yet");
  ASSERT_TRUE(directory) << directory.error();
  struct stat status{};
  ASSERT_EQ(::stat(directory->path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(BrokerDirectoryTest, IsClosedToOthersIfItWasOpen) {
  std::filesystem::create_directory(data_.path() / "broker");
  std::filesystem::permissions(data_.path() / "broker", std::filesystem::perms::all);
  ASSERT_TRUE(BrokerDirectory::open(data_.path()));
  struct stat status{};
  ASSERT_EQ(::stat((data_.path() / "broker").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(BrokerDirectoryTest, ARelativeDataDirBecomesAbsolute) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(data_.path());
  const auto directory = BrokerDirectory::open("./state/");
  std::filesystem::current_path(before);
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->path(), (std::filesystem::canonical(data_.path()) / "state" / "broker").string());
}

TEST_F(BrokerDirectoryTest, IsHeldByOneAtATime) {
  auto first = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(first);
  const auto second = BrokerDirectory::open(data_.path());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("in use by another lobbyd (process " + std::to_string(::getpid()) + ")"));
  EXPECT_THAT(second.error(), HasSubstr(first->path()));
  first = std::unexpected("let go");
  EXPECT_TRUE(BrokerDirectory::open(data_.path()));
}

TEST_F(BrokerDirectoryTest, AFileInItsPlaceIsAnError) {
  std::ofstream(data_.path() / "broker") << "a file";
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error(), HasSubstr((data_.path() / "broker").string()));
}

TEST_F(BrokerDirectoryTest, TheConfigurationIsReplaced) {
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(directory);
  ASSERT_TRUE(directory->write_config("a longer first text\n"));
  ASSERT_TRUE(directory->write_config("second\n"));
  EXPECT_EQ(content(directory->config_path()), "second\n");
  EXPECT_FALSE(std::filesystem::exists(directory->config_path() + ".new"));
}

TEST_F(BrokerDirectoryTest, AConfigurationThatCannotBeWrittenIsAnError) {
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(directory);
  std::filesystem::create_directory(directory->config_path());
  const auto written = directory->write_config("text");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error(), HasSubstr("mosquitto.conf"));
}

TEST_F(BrokerDirectoryTest, RemembersTheChild) {
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(directory);
  EXPECT_FALSE(directory->recorded_child());
  const ProcessRecord record{4711, 12345};
  ASSERT_TRUE(directory->record_child(record));
  EXPECT_EQ(directory->recorded_child(), record);
  directory->forget_child();
  EXPECT_FALSE(directory->recorded_child());
}

TEST_F(BrokerDirectoryTest, RubbishInThePidFileIsNoChild) {
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(directory);
  std::ofstream(directory->path() + "/pid") << "rubbish";
  EXPECT_FALSE(directory->recorded_child());
}

TEST_F(BrokerDirectoryTest, AShortPathIsUsedAsItIs) {
  const auto directory = BrokerDirectory::open(data_.path());
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->endpoint().carrier, mqtt::Carrier::unix_socket);
  EXPECT_EQ(directory->endpoint().path, directory->path() + "/mqtt.sock");
}

TEST_F(BrokerDirectoryTest, APathThatIsTooLongForASocketIsReachedInAShortWay) {
  const auto directory = BrokerDirectory::open(data_.path() / std::string(100, 'd'));
  ASSERT_TRUE(directory) << directory.error();
  const auto& path = directory->endpoint().path;
  ASSERT_LE(path.size(), mqtt::unix_path_limit);

  std::ofstream(path) << "here";
  EXPECT_EQ(content(directory->path() + "/mqtt.sock"), "here");
}

TEST_F(BrokerDirectoryTest, TheShortWayStaysOpenWhenTheObjectMoves) {
  auto opened = BrokerDirectory::open(data_.path() / std::string(100, 'd'));
  ASSERT_TRUE(opened);
  const BrokerDirectory moved = std::move(*opened);
  std::ofstream(moved.endpoint().path) << "here";
  EXPECT_EQ(content(moved.path() + "/mqtt.sock"), "here");
}

}  // namespace
}  // namespace lobbyd::upstream
