#include "service/upstream/embedded/process_record.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>

namespace lobbyd::upstream {
namespace {

std::string read_proc(pid_t pid, std::string_view name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + std::string(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::optional<ProcessRecord> look_up_process(pid_t pid) {
  const auto text = read_proc(pid, "stat");
  std::string_view fields(text);
  // Field 2, the name, stands in parentheses and may itself hold anything.
  const auto name_end = fields.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  fields.remove_prefix(name_end + 1);
  constexpr int spaces_before_start_time = 20;
  for (int space = 0; space < spaces_before_start_time; ++space) {
    const auto next = fields.find(' ');
    if (next == std::string_view::npos) return std::nullopt;
    fields.remove_prefix(next + 1);
  }
  const auto start_time = take_number<std::uint64_t>(fields);
  if (!start_time) return std::nullopt;
  return ProcessRecord{pid, *start_time};
}

std::string to_text(const ProcessRecord& record) {
  return std::to_string(record.pid) + " " + std::to_string(record.start_time) + "\n";
}

std::optional<ProcessRecord> parse_process_record(std::string_view text) {
  const auto pid = take_number<pid_t>(text);
  if (!pid || *pid <= 1 || !text.starts_with(' ')) return std::nullopt;
  text.remove_prefix(1);
  const auto start_time = take_number<std::uint64_t>(text);
  if (!start_time || text != "\n") return std::nullopt;
  return ProcessRecord{*pid, *start_time};
}

bool is_running_with(const ProcessRecord& record, std::string_view argument) {
  if (look_up_process(record.pid) != record) return false;
  // Arguments end with NUL each.
  const auto command_line = '\0' + read_proc(record.pid, "cmdline");
  return command_line.find('\0' + std::string(argument) + '\0') != std::string::npos;
}

}  // namespace lobbyd::upstream
