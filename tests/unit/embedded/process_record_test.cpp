#include "service/upstream/embedded/process_record.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lobbyd::upstream {
namespace {

TEST(ProcessRecord, OfThisProcessIsFoundAndStays) {
  const auto record = look_up_process(::getpid());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->pid, ::getpid());
  EXPECT_GT(record->start_time, 0U);
  EXPECT_EQ(look_up_process(::getpid()), record);
}

TEST(ProcessRecord, ANameWithParenthesesAndSpacesDoesNotConfuse) {
  const auto before = look_up_process(::getpid());
  ASSERT_EQ(::prctl(PR_SET_NAME, ") R 1 2 (3"), 0);
  EXPECT_EQ(look_up_process(::getpid()), before);
}

TEST(ProcessRecord, OfAnEndedProcessIsNothing) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(look_up_process(child));
}

TEST(ProcessRecord, SurvivesItsText) {
  const ProcessRecord record{4711, 1234567890123};
  EXPECT_EQ(to_text(record), "4711 1234567890123\n");
  EXPECT_EQ(parse_process_record(to_text(record)), record);
}

TEST(ProcessRecord, WhatIsNoRecordIsNothing) {
  for (const char* text : {"", "\n", "4711", "4711\n", "4711 12", "4711 \n", " 4711 12\n", "4711 12 13\n", "x 12\n",
                           "4711 x\n", "-1 12\n", "0 12\n", "1 12\n", "99999999999 12\n", "4711  12\n"}) {
    EXPECT_FALSE(parse_process_record(text)) << '"' << text << '"';
  }
}

TEST(IsRunningWith, LooksForAWholeArgument) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string command_line(std::istreambuf_iterator<char>(file), {});
  const auto program = command_line.substr(0, command_line.find('\0'));
  const auto record = look_up_process(::getpid()).value();
  EXPECT_TRUE(is_running_with(record, program));
  EXPECT_FALSE(is_running_with(record, program.substr(1)));
  EXPECT_FALSE(is_running_with(record, program.substr(0, program.size() - 1)));
  EXPECT_FALSE(is_running_with(record, "no such argument"));
}

TEST(IsRunningWith, AnotherProcessOfThatNumberIsNotTheOne) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string command_line(std::istreambuf_iterator<char>(file), {});
  auto record = look_up_process(::getpid()).value();
  ++record.start_time;
  EXPECT_FALSE(is_running_with(record, command_line.substr(0, command_line.find('\0'))));
}

}  // namespace
}  // namespace lobbyd::upstream
