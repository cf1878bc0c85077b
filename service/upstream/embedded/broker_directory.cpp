#include "service/upstream/embedded/broker_directory.hpp"

#include "service/upstream/embedded/embedded_config.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lobbyd::upstream {
namespace {

std::unexpected<std::string> fail(std::string_view what, const std::string& path, int error) {
  return std::unexpected(std::string(what) + " " + path + ": " + std::generic_category().message(error));
}

// The path of a socket is limited, and data_dir is the operator's choice. The kernel resolves the short way through
// the open directory to the same place.
std::string socket_path(const std::string& directory, int descriptor) {
  auto path = directory + "/" + std::string(embedded_socket_name);
  if (path.size() <= mqtt::unix_path_limit) return path;
  return "/proc/self/fd/" + std::to_string(descriptor) + "/" + std::string(embedded_socket_name);
}

// Who holds the lock writes its process number into it, for the operator whose second daemon is refused.
std::string read_holder(int lock) {
  std::array<char, 32> text{};
  const auto bytes = ::pread(lock, text.data(), text.size(), 0);
  return bytes > 0 ? std::string(text.data(), static_cast<std::size_t>(bytes)) : "unknown";
}

std::expected<FileDescriptor, std::string> take_lock(const std::string& directory) {
  const auto path = directory + "/lock";
  FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail("cannot open", path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail("cannot lock", path, errno);
    return std::unexpected(directory + " is in use by another lobbyd (process " + read_holder(lock.get()) +
                           "); give each daemon its own data_dir");
  }
  const auto holder = std::to_string(::getpid());
  const bool written = ::ftruncate(lock.get(), 0) == 0 &&
                       ::pwrite(lock.get(), holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size());
  if (!written) return fail("cannot write", path, errno);
  return lock;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

BrokerDirectory::BrokerDirectory(std::string path, FileDescriptor directory, FileDescriptor lock)
    : path_(std::move(path)),
      directory_(std::move(directory)),
      lock_(std::move(lock)),
      endpoint_{mqtt::Carrier::unix_socket, {}, 0, socket_path(path_, directory_.get())} {}

std::expected<BrokerDirectory, std::string> BrokerDirectory::open(const std::filesystem::path& data_dir) {
  std::error_code error;
  const auto path = (std::filesystem::absolute(data_dir, error) / "broker").lexically_normal().string();
  if (error) return std::unexpected("cannot find the current directory: " + error.message());
  std::filesystem::create_directories(path, error);
  if (error) return fail("cannot make the directory", path, error.value());
  FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail("cannot open the directory", path, errno);
  // What others may not enter they cannot connect to either: this is what guards the broker's socket.
  if (::fchmod(directory.get(), 0700) != 0) return fail("cannot close to other users the directory", path, errno);
  auto lock = take_lock(path);
  if (!lock) return std::unexpected(lock.error());
  return BrokerDirectory(path, std::move(directory), std::move(*lock));
}

std::expected<void, std::string> BrokerDirectory::write_config(std::string_view text) const {
  return replace_file(config_path(), text);
}

std::expected<void, std::string> BrokerDirectory::record_child(const ProcessRecord& child) const {
  return replace_file(path_ + "/pid", to_text(child));
}

std::optional<ProcessRecord> BrokerDirectory::recorded_child() const {
  std::ifstream file(path_ + "/pid", std::ios::binary);
  return parse_process_record(std::string(std::istreambuf_iterator<char>(file), {}));
}

void BrokerDirectory::forget_child() const {
  // A record that stays is harmless: it names a process that does not run any more.
  std::error_code ignored;
  std::filesystem::remove(path_ + "/pid", ignored);
}

// Never leaves half a file, whenever the daemon is killed.
std::expected<void, std::string> BrokerDirectory::replace_file(const std::string& file, std::string_view text) const {
  const auto draft = file + ".new";
  const FileDescriptor descriptor(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor || !write_all(descriptor.get(), text)) return fail("cannot write", draft, errno);
  if (::rename(draft.c_str(), file.c_str()) != 0) return fail("cannot replace", file, errno);
  return {};
}

}  // namespace lobbyd::upstream
