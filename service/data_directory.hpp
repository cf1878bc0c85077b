#pragma once

// The daemon's own directory: held by one process at a time, and what it keeps there.

#include <expected>
#include <filesystem>
#include <string>

namespace lobbyd {

class DataDirectory {
 public:
  // Makes the directory if it is missing and locks it. The error is a sentence for the operator.
  static std::expected<DataDirectory, std::string> open(const std::filesystem::path& path);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  const std::filesystem::path& path() const { return path_; }
  // Made at random at the first call, and kept.
  std::expected<std::string, std::string> instance_name() const;

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;  // a descriptor; the lock ends with it
};

}  // namespace lobbyd
