//===- TestFile.h - a file that lasts as long as a test --------------------===//
#ifndef SWIN_TESTS_RUNTIME_IMAGE_TESTFILE_H
#define SWIN_TESTS_RUNTIME_IMAGE_TESTFILE_H

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

class TestFile {
public:
  explicit TestFile(const std::string &contents = "") : path(create()) {
    std::ofstream(path, std::ios::binary) << contents;
  }
  ~TestFile() { std::remove(path.c_str()); }
  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  const std::string path;

private:
  static std::string create() {
    char name[] = "/tmp/swin-test-XXXXXX";
    close(mkstemp(name));
    return name;
  }
};

#endif // SWIN_TESTS_RUNTIME_IMAGE_TESTFILE_H
