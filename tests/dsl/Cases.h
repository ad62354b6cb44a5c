//===- Cases.h - wrong descriptions in files ------------------------------===//
#ifndef SWIN_TESTS_DSL_CASES_H
#define SWIN_TESTS_DSL_CASES_H

#include "tests/dsl/Descriptions.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace swin::dsl::tests {

/// A block of such a file: which description, the place in it (-), what stands there instead (+), and the lines that
/// reading it gives.
struct Case {
  int line = 0;
  std::string form, from, to;
  std::vector<std::string> errors;
};

/// Of the blocks of a file here.
inline std::vector<Case> readCases(const std::string &name) {
  std::ifstream file(SWIN_SOURCE_DIR "/tests/dsl/" + name);
  std::vector<Case> cases;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("#"))
      continue;
    if (line.empty()) {
      inside = false;
    } else if (!inside) {
      cases.push_back({number, line, "", "", {}});
      inside = true;
    } else if (line.starts_with("- ")) {
      cases.back().from = line.substr(2);
    } else if (line.starts_with("+")) {
      cases.back().to = line.size() > 2 ? line.substr(2) : "";
    } else {
      cases.back().errors.push_back(line);
    }
  }
  return cases;
}

/// Every block of a file whose descriptions are all of `form`, which is `good` without what is wrong, and at least so
/// many.
inline void expectErrorsOfAll(const std::string &name, const std::string &form, const std::string &good, size_t least) {
  std::vector<Case> cases = readCases(name);
  EXPECT_GE(cases.size(), least);
  Folder folder;
  for (const Case &wrong : cases) {
    SCOPED_TRACE(name + ":" + std::to_string(wrong.line));
    ASSERT_EQ(wrong.form, form);
    std::string text = replaced(good, wrong.from, wrong.to);
    ASSERT_NE(text, "") << "no such place: " << wrong.from;
    folder.write("m.json", text);
    EXPECT_EQ(errorsOf("m.json"), wrong.errors);
  }
}

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_CASES_H
