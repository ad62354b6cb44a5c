//===- TemporaryFolder.h - a folder for the time of a test ----------------===//
#ifndef SWIN_TESTS_CODEGEN_PACKAGE_TEMPORARYFOLDER_H
#define SWIN_TESTS_CODEGEN_PACKAGE_TEMPORARYFOLDER_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace swin::test {

class TemporaryFolder {
public:
  TemporaryFolder() : root(std::filesystem::temp_directory_path() / "swin-test-XXXXXX") {
    std::string name = root.string();
    root = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(root); }

  std::string path(const std::string &file = "") const { return (root / file).string(); }
  void write(const std::string &file, const std::string &text) const { std::ofstream(root / file) << text; }
  std::string read(const std::string &file) const {
    std::ifstream stream(root / file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// Everything below it, as relative paths.
  std::set<std::string> contents() const {
    std::set<std::string> found;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(root))
      found.insert(entry.path().lexically_relative(root).string());
    return found;
  }

private:
  std::filesystem::path root;
};

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_PACKAGE_TEMPORARYFOLDER_H
