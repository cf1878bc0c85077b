#include "service/data_directory.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lobbyd {

namespace {

std::string last_error() {
  return std::error_code(errno, std::generic_category()).message();
}

std::string random_instance_name() {
  std::random_device random;
  std::string name = "i-";
  for (int digit = 0; digit < 12; ++digit) {
    name += "0123456789abcdef"[random() % 16];
  }
  return name;
}

}  // namespace

std::expected<DataDirectory, std::string> DataDirectory::open(const std::filesystem::path& path) {
  const auto failed = [&](const std::string& why) {
    return std::unexpected("data_dir " + path.string() + ": " + why + "; choose another with --data-dir");
  };
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return failed("cannot be made: " + error.message());
  }
  const int lock = ::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return failed("cannot be written: " + last_error());
  }
  DataDirectory directory(path, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return failed(errno == EWOULDBLOCK ? "another lobbyd is using it" : "cannot be locked: " + last_error());
  }
  return directory;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

std::expected<std::string, std::string> DataDirectory::instance_name() const {
  const std::filesystem::path file = path_ / "instance";
  std::string name;
  if (std::ifstream(file) >> name && !name.empty()) {
    return name;
  }
  name = random_instance_name();
  // Whole or not at all: a name cut short would be another instance's.
  const std::filesystem::path draft = path_ / "instance.new";
  std::ofstream out(draft, std::ios::trunc);
  out << name << '\n';
  out.close();
  std::error_code error;
  std::filesystem::rename(draft, file, error);
  if (!out || error) {
    return std::unexpected(file.string() + " cannot be written");
  }
  return name;
}

}  // namespace lobbyd
