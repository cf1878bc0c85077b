#include "service/upstream/embedded/spawn.hpp"

#include "service/upstream/embedded/pidfd.hpp"
#include "tests/unit/upstream/temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

// Runs a shell's commands to their end and gives what they wrote.
std::string output_of(const std::string& script, const std::string& directory = "/") {
  auto process = spawn({"/bin/sh", {"-c", script}, directory});
  if (!process) return "not started: " + process.error();
  EXPECT_TRUE(wait_for_end(process->pidfd.get(), 10s));
  ::waitpid(process->pid, nullptr, 0);
  std::array<char, 65536> buffer{};
  const auto bytes = ::read(process->output.get(), buffer.data(), buffer.size());
  return bytes > 0 ? std::string(buffer.data(), static_cast<std::size_t>(bytes)) : std::string();
}

TEST(Spawn, OutputAndErrorsComeThroughOnePipe) {
  EXPECT_EQ(output_of("echo out; echo err >&2"), "out\nerr\n");
}

TEST(Spawn, RunsInItsDirectory) {
  const TemporaryDirectory directory;
  EXPECT_EQ(output_of("pwd -P", directory.path()), std::filesystem::canonical(directory.path()).string() + "\n");
}

TEST(Spawn, StandardInputIsEmpty) {
  EXPECT_EQ(output_of("cat; echo end"), "end\n");
}

TEST(Spawn, MakesItsFilesForItsUserAlone) {
  EXPECT_EQ(output_of("umask"), "0077\n");
}

TEST(Spawn, HasAProcessGroupOfItsOwn) {
  // Fields of /proc/PID/stat: number, name, state, parent, process group.
  EXPECT_EQ(output_of("read pid name state parent group rest < /proc/$$/stat; [ $pid = $group ] && echo own"), "own\n");
}

TEST(Spawn, InheritsNoDescriptor) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const FileDescriptor read_end(ends[0]);
  const FileDescriptor write_end(ends[1]);
  EXPECT_EQ(output_of("ls /proc/$$/fd; :"), "0\n1\n2\n");
}

TEST(Spawn, KeepsSecretsOfTheEnvironmentBack) {
  ::setenv("LOBBYD_AUTH_JWT_SECRET", "hunter2", 1);
  ::setenv("NOTIFY_SOCKET", "/run/notify", 1);
  ::setenv("TZ", "Europe/Berlin", 1);
  const auto environment = output_of("env");
  ::unsetenv("LOBBYD_AUTH_JWT_SECRET");
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("TZ");
  EXPECT_THAT(environment, Not(HasSubstr("hunter2")));
  EXPECT_THAT(environment, Not(HasSubstr("NOTIFY_SOCKET")));
  EXPECT_THAT(environment, HasSubstr("PATH="));
  EXPECT_THAT(environment, HasSubstr("TZ=Europe/Berlin"));
}

TEST(Spawn, SignalsAreAsAtFirstButForSigusr1) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
  const auto masks = output_of("grep -E '^Sig(Blk|Ign)' /proc/self/status");
  ::signal(SIGPIPE, old_handler);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(masks, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000200\n");
}

TEST(Spawn, IsToldWhenItsParentEnds) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto child = spawn({"/bin/sleep", {"60"}, "/"});
    const pid_t pid = child ? child->pid : -1;
    [[maybe_unused]] const auto written = ::write(write_end.get(), &pid, sizeof pid);
    ::pause();
    ::_exit(0);
  }
  pid_t pid = -1;
  ASSERT_EQ(::read(read_end.get(), &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  const auto child = open_pidfd(pid);
  ASSERT_TRUE(child);
  EXPECT_FALSE(wait_for_end(child.get(), 0ms));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(wait_for_end(child.get(), 10s));
}

TEST(Spawn, AProgramThatCannotBeRunIsAnError) {
  const auto missing = spawn({"/no/such/program", {}, "/"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error(), HasSubstr("/no/such/program"));
  EXPECT_THAT(missing.error(), HasSubstr("No such file"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child was left unreaped";
}

TEST(Spawn, ADirectoryThatIsNotThereIsAnError) {
  const auto lost = spawn({"/bin/true", {}, "/no/such/directory"});
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error(), HasSubstr("/no/such/directory"));
}

class FindProgramTest : public ::testing::Test {
 protected:
  std::string make_file(const std::string& name, std::filesystem::perms permissions) {
    const auto path = directory_.path() / name;
    std::ofstream(path) << "#!/bin/sh\n";
    std::filesystem::permissions(path, permissions);
    return path;
  }

  TemporaryDirectory directory_;
};

TEST_F(FindProgramTest, LooksAlongTheSearchPath) {
  const auto path = make_file("some-daemon", std::filesystem::perms::owner_all);
  EXPECT_EQ(find_program("some-daemon", "/nowhere:" + directory_.path().string() + ":/bin"), path);
  EXPECT_EQ(find_program("some-daemon", "/nowhere:/bin"), "");
  EXPECT_EQ(find_program("some-daemon", ""), "");
}

TEST_F(FindProgramTest, TheFirstOneWins) {
  std::filesystem::create_directory(directory_.path() / "later");
  const auto first = make_file("some-daemon", std::filesystem::perms::owner_all);
  make_file("later/some-daemon", std::filesystem::perms::owner_all);
  const auto directory = directory_.path().string();
  EXPECT_EQ(find_program("some-daemon", directory + ":" + directory + "/later"), first);
}

TEST_F(FindProgramTest, APathIsTakenAsItIs) {
  const auto path = make_file("some-daemon", std::filesystem::perms::owner_all);
  EXPECT_EQ(find_program(path, ""), path);
  EXPECT_EQ(find_program(path + "-not", "/bin"), "");
}

TEST_F(FindProgramTest, WhatCannotBeExecutedIsPassedOver) {
  const auto path = make_file("some-daemon", std::filesystem::perms::owner_read);
  EXPECT_EQ(find_program(path, ""), "");
  EXPECT_EQ(find_program("some-daemon", directory_.path().string()), "");
  std::filesystem::create_directory(directory_.path() / "a-directory");
  EXPECT_EQ(find_program("a-directory", directory_.path().string()), "");
}

TEST_F(FindProgramTest, RelativeEntriesOfTheSearchPathAreSkipped) {
  make_file("some-daemon", std::filesystem::perms::owner_all);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory_.path());
  EXPECT_EQ(find_program("some-daemon", ":.:./"), "");
  std::filesystem::current_path(before);
}

TEST_F(FindProgramTest, KnowsWhereDaemonsAreInstalled) {
  EXPECT_EQ(find_program("mosquitto", "/nowhere"), "/usr/sbin/mosquitto");
}

}  // namespace
}  // namespace lobbyd::upstream
