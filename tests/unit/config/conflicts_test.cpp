#include "tests/unit/config/loading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Rules between keys.
namespace lobbyd::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Conflicts, ThePoolCannotGrowBelowItsSize) {
  EXPECT_THAT(problems("[broker]\npool_size = 4\npool_max = 3\n"),
              ElementsAre("lobbyd.toml:3: broker.pool_max: broker.pool_max (3) must be at least broker.pool_size (4)"));
  EXPECT_THAT(problems("[broker]\npool_size = 17\n"), ElementsAre(StartsWith("lobbyd.toml:2: broker.pool_size: ")));
  EXPECT_EQ(loaded("[broker]\npool_size = 4\npool_max = 4\n").config.broker.pool_max, 4U);
}

TEST(Conflicts, ThePasswordHasOnePlace) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("password", "x").string();
  EXPECT_THAT(
      problems("[broker]\nusername = \"u\"\npassword = \"x\"\npassword_file = \"" + file + "\"\n"),
      ElementsAre("lobbyd.toml:4: broker.password_file: broker.password and broker.password_file cannot both be "
                  "set: remove one of them"));
}

TEST(Conflicts, APasswordNeedsAUserNameExceptInMqtt5) {
  EXPECT_THAT(problems("[broker]\npassword = \"x\"\n"), ElementsAre(HasSubstr("a password needs broker.username")));
  EXPECT_EQ(loaded("[broker]\nprotocol = \"5\"\npassword = \"x\"\n").config.broker.password, "x");
}

TEST(Conflicts, ThePasswordFileMustHoldAPassword) {
  const TemporaryDirectory directory;
  const auto problem = [&](const std::filesystem::path& file) {
    return problems("[broker]\nusername = \"u\"\npassword_file = \"" + file.string() + "\"\n");
  };
  EXPECT_THAT(problem(directory.path() / "absent"),
              ElementsAre(AllOf(StartsWith("lobbyd.toml:3: broker.password_file: "), HasSubstr("cannot be read"))));
  EXPECT_THAT(problem(directory.write("empty", "\nx")), ElementsAre(HasSubstr("its first line is empty")));
  EXPECT_THAT(problem(directory.write("binary", "\xFF\xFE")), ElementsAre(HasSubstr("must be UTF-8")));
  EXPECT_THAT(problem(directory.write("large", std::string(65'537, 'x'))), ElementsAre(HasSubstr("is larger than")));
}

TEST(Conflicts, ThePasswordIsTheFirstLineOfItsFile) {
  const TemporaryDirectory directory;
  Broker broker;
  EXPECT_EQ(broker_password(broker).value(), "");
  broker.password = "direct";
  EXPECT_EQ(broker_password(broker).value(), "direct");
  broker.password.clear();
  broker.password_file = directory.write("unix", "s p\nnext");
  EXPECT_EQ(broker_password(broker).value(), "s p");
  broker.password_file = directory.write("windows", "secret\r\n");
  EXPECT_EQ(broker_password(broker).value(), "secret");
  directory.write("windows", "changed");
  EXPECT_EQ(broker_password(broker).value(), "changed");
}

TEST(Conflicts, OpenToANetworkOnlyByDecision) {
  EXPECT_THAT(problems("listen = [\"127.0.0.1:1\", \"0.0.0.0:8787\"]\n"),
              ElementsAre(AllOf(StartsWith("lobbyd.toml:1: listen: 0.0.0.0:8787 can be reached from other machines"),
                                HasSubstr("add the line mode = \"open\" under [auth]"))));
  EXPECT_THAT(problems("", {{"LOBBYD_LISTEN", "[::]:8787"}}),
              ElementsAre(StartsWith("environment: LOBBYD_LISTEN: [::]")));
  EXPECT_THAT(problems("admin = \"0.0.0.0:8788\"\n"), ElementsAre(StartsWith("lobbyd.toml:1: admin: 0.0.0.0:8788")));
  EXPECT_THAT(problems("[embedded]\nlisten = \"0.0.0.0:1883\"\n"),
              ElementsAre(StartsWith("lobbyd.toml:2: embedded.listen: 0.0.0.0:1883")));
}

TEST(Conflicts, TheDecisionMayComeFromAnySource) {
  const std::string open_listener = "listen = [\"0.0.0.0:8787\"]\n";
  EXPECT_THAT(problems(open_listener + "[auth]\nmode = \"open\"\n"), IsEmpty());
  EXPECT_THAT(problems(open_listener, {{"LOBBYD_AUTH_MODE", "open"}}), IsEmpty());
}

TEST(Conflicts, AnOpenListenerIsWarnedOf) {
  const std::string mode = "[auth]\nmode = \"open\"\n";
  EXPECT_THAT(loaded("listen = [\"0.0.0.0:8787\", \"127.0.0.1:1\"]\n" + mode).warnings,
              ElementsAre(HasSubstr("whoever reaches 0.0.0.0:8787 may use it, under any name")));
  EXPECT_THAT(loaded(mode).warnings, IsEmpty());
  EXPECT_THAT(loaded(mode + "[embedded]\nlisten = \"0.0.0.0:1883\"\n").warnings,
              ElementsAre(HasSubstr("may read and write every topic")));
}

TEST(Conflicts, EmbeddedListenWithoutTheEmbeddedBrokerIsWarnedOf) {
  EXPECT_THAT(loaded("[broker]\nurl = \"tcp://b\"\n[embedded]\nlisten = \"127.0.0.1:1883\"\n").warnings,
              ElementsAre(StartsWith("embedded.listen has no effect: ")));
}

TEST(Conflicts, ACertificateNeedsItsKey) {
  const std::string url = "[broker]\nurl = \"ssl://b\"\n";
  EXPECT_THAT(problems(url + "cert_file = \"/c\"\n"), ElementsAre(HasSubstr("belong together")));
  EXPECT_THAT(problems(url + "key_file = \"/k\"\n"), ElementsAre(HasSubstr("belong together")));
  EXPECT_THAT(problems(url + "cert_file = \"/c\"\nkey_file = \"/k\"\n"), IsEmpty());
}

TEST(Conflicts, TlsThatProtectsNobodyIsWarnedOf) {
  EXPECT_THAT(loaded("[broker]\nurl = \"wss://b\"\nverify = false\n").warnings,
              ElementsAre(StartsWith("broker.verify is false: whoever can stand between")));
  EXPECT_THAT(loaded("[broker]\nurl = \"tcp://b\"\nca_file = \"/c\"\n").warnings,
              ElementsAre(HasSubstr("have no effect: broker.url is not one with TLS")));
}

TEST(Conflicts, TheEmbeddedBrokerCannotTakeAFreePort) {
  EXPECT_THAT(problems("[embedded]\nlisten = \"127.0.0.1:0\"\n"),
              ElementsAre("lobbyd.toml:2: embedded.listen: must name a port: the broker cannot take a free one"));
}

TEST(Conflicts, NoTwoListenersShareAPort) {
  EXPECT_THAT(problems("listen = [\"127.0.0.1:5\", \"127.0.0.1:5\"]\n"),
              ElementsAre("lobbyd.toml:1: listen: 127.0.0.1:5 is taken twice, by listen and listen: give each its own "
                          "port"));
  EXPECT_THAT(problems("listen = [\"127.0.0.1:8788\"]\n"),
              ElementsAre(StartsWith("lobbyd.toml:1: listen: 127.0.0.1:8788 is taken twice, by listen and admin")));
  EXPECT_THAT(problems("listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"]\nadmin = \"127.0.0.1:0\"\n"), IsEmpty());
  EXPECT_THAT(problems("listen = [\"127.0.0.1:5\", \"[::1]:5\"]\n"), IsEmpty());
}

TEST(Conflicts, CredentialsInTheUrlAreRefused) {
  EXPECT_THAT(problems("[broker]\nurl = \"tcp://user:hunter2@broker\"\n"),
              ElementsAre(AllOf(HasSubstr("the username and password settings"), Not(HasSubstr("hunter2")))));
}

}  // namespace
}  // namespace lobbyd::config::testing
