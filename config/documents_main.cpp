#include "config/print.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

namespace {

bool write(const char* path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    std::cerr << "cannot write " << path << '\n';
  }
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: lobbyd_config_documents TOML_FILE MARKDOWN_FILE\n";
    return 2;
  }
  const bool written =
      write(argv[1], lobbyd::config::print_default()) && write(argv[2], lobbyd::config::reference_markdown());
  return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
