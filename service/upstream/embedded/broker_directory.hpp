#pragma once

#include "protocol/mqtt/broker_url.hpp"
#include "service/system/file_descriptor.hpp"
#include "service/upstream/embedded/process_record.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lobbyd::upstream {

// data_dir/broker: the embedded broker's state, its configuration, its socket and its pid file. Only the user of the
// daemon may enter it, and only one daemon at a time holds it: while the object lives the directory is locked.
// Errors are sentences.
class BrokerDirectory {
 public:
  // Makes the directory if it is not there.
  static std::expected<BrokerDirectory, std::string> open(const std::filesystem::path& data_dir);

  const std::string& path() const { return path_; }  // absolute
  std::string config_path() const { return path_ + "/mosquitto.conf"; }

  // Where the broker's socket is reached from within this process, for as long as the object lives.
  const mqtt::BrokerUrl& endpoint() const { return endpoint_; }

  std::expected<void, std::string> write_config(std::string_view text) const;

  std::expected<void, std::string> record_child(const ProcessRecord& child) const;
  std::optional<ProcessRecord> recorded_child() const;
  void forget_child() const;

 private:
  BrokerDirectory(std::string path, FileDescriptor directory, FileDescriptor lock);
  std::expected<void, std::string> replace_file(const std::string& file, std::string_view text) const;

  std::string path_;
  FileDescriptor directory_;
  FileDescriptor lock_;
  mqtt::BrokerUrl endpoint_;
};

}  // namespace lobbyd::upstream
