//===- NpyTest.cpp - float32 arrays in files -------------------------------===//
#include "runtime/image/Npy.h"
#include "tests/runtime/image/TestFile.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace swin::image;

namespace {

/// A file of version 1 to 3 with this header and these values.
std::string npy(const std::string &header, size_t values, int version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> 8 * i & 255);
  file += header;
  for (size_t i = 0; i < values; ++i) {
    auto value = static_cast<float>(i) + 0.5f;
    char bytes[4];
    std::memcpy(bytes, &value, 4);
    file.append(bytes, 4);
  }
  return file;
}

std::string header(const std::string &shape, const std::string &type = "'<f4'", const std::string &order = "False") {
  return "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

TEST(Npy, ReadsWhatNumpyWrites) {
  const std::pair<std::string, std::vector<int64_t>> shapes[] = {
      {"(2, 3)", {2, 3}}, {"(6,)", {6}}, {"(1, 2, 3, 1)", {1, 2, 3, 1}}, {"(2,3,)", {2, 3}}};
  for (const auto &[text, shape] : shapes) {
    for (int version : {1, 2, 3}) {
      TestFile file(npy(header(text) + std::string(version, ' ') + "\n", 6, version));
      std::string error;
      std::optional<Tensor> tensor = readNpy(file.path, error);
      ASSERT_TRUE(tensor) << error;
      EXPECT_EQ(tensor->shape, shape);
      EXPECT_EQ(tensor->values, std::vector<float>({0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f}));
    }
  }
}

TEST(Npy, ScalarsAndEmptyArrays) {
  std::string error;
  TestFile scalar(npy(header("()"), 1)), empty(npy(header("(0, 7)"), 0));
  EXPECT_EQ(readNpy(scalar.path, error)->values, std::vector<float>({0.5f}));
  EXPECT_EQ(readNpy(empty.path, error)->shape, std::vector<int64_t>({0, 7}));
}

TEST(Npy, LargerThanTheFirstPiece) {
  TestFile file(npy(header("(100, 1000)"), 100000));
  std::string error;
  std::optional<Tensor> tensor = readNpy(file.path, error);
  ASSERT_TRUE(tensor) << error;
  for (size_t i = 0; i < 100000; ++i)
    ASSERT_EQ(tensor->values[i], static_cast<float>(i) + 0.5f);
}

TEST(Npy, WhatIsWrongWithAFile) {
  const std::string good = header("(2, 3)"), cut = "it ends within its header";
  const std::string damaged = "its header is damaged: ";
  auto type = [](const std::string &found) {
    return "its values are '" + found + "': expected float32 ('<f4'); in NumPy, array.astype('float32') converts";
  };
  const struct {
    std::string file, error;
  } cases[] = {
      {"", "it is not a .npy file: it does not begin with \\x93NUMPY"},
      {"\x93NUMP", "it is not a .npy file: it does not begin with \\x93NUMPY"},
      {"PK\x03\x04 a file of numpy.savez", "it is not a .npy file: it does not begin with \\x93NUMPY"},
      {npy(good, 6).substr(0, 6), cut},
      {npy(good, 6).substr(0, 9), cut},
      {npy(good, 6, 2).substr(0, 11), cut},
      {npy(good, 6).substr(0, 40), cut},
      {npy(good, 6, 4), "its version is 4: expected 1, 2 or 3"},
      {npy(good, 6, 0), "its version is 0: expected 1, 2 or 3"},
      {npy(good + std::string(70000, ' '), 6, 2), "its header has 70059 bytes: expected at most 65536"},
      {npy(good, 5), "its shape 2 x 3 needs 24 bytes of values, it has 20"},
      {npy(good, 7), "its shape 2 x 3 needs 24 bytes of values, it has 28"},
      {npy(header("(2, 3)", "'<f8'"), 12), type("<f8")},
      {npy(header("(2, 3)", "'>f4'"), 6), type(">f4")},
      {npy(header("(2, 3)", "'|u1'"), 6), type("|u1")},
      {npy(header("(2, 3)", "'|O'"), 6), type("|O")},
      {npy(header("(2, 3)", "[('r', '<f4')]"), 6), "its values are records: expected float32 ('<f4')"},
      {npy(header("(2, 3)", "'<f4'", "True"), 6),
       "it is in Fortran order: expected C order; numpy.ascontiguousarray converts"},
      {npy(header("(2, 3)", "'<f4'", "0"), 6), damaged + "expected True or False at character 34"},
      {npy("{'descr': '<f4', 'shape': (6,)}", 6), "its header lacks 'fortran_order'"},
      {npy("{'fortran_order': False, 'shape': (6,)}", 6), "its header lacks 'descr'"},
      {npy("{'descr': '<f4', 'fortran_order': False}", 6), "its header lacks 'shape'"},
      {npy("{}", 6), "its header lacks 'descr'"},
      {npy("", 6), damaged + "expected '{' at character 0"},
      {npy("{'descr': '<f4'", 6), damaged + "expected ',' or '}' at character 15"},
      {npy("{'descr", 6), damaged + "a string without an end at character 1"},
      {npy("{descr: 1}", 6), damaged + "expected a string at character 1"},
      {npy("{'a': 1}", 6), damaged + "unknown key 'a' at character 5"},
      {npy("{'descr': '<f4', 'descr': '<f4'}", 6), damaged + "'descr' for the second time at character 25"},
      {npy(good + "x", 6), damaged + "expected nothing after '}' at character 59"},
      {npy(header("6"), 6), damaged + "expected '(' at character 50"},
      {npy(header("(2 3)"), 6), damaged + "expected ',' or ')' at character 53"},
      {npy(header("(-2, -3)"), 6), damaged + "expected a size at character 51"},
      {npy(header("(6L,)"), 6), damaged + "expected ',' or ')' at character 52"},
      {npy(header("(1000000000000000000, 1)"), 6), damaged + "a size of more than 18 digits at character 51"},
      {npy(header("(999999999999999999, 999999999999999999)"), 6),
       "its shape 999999999999999999 x 999999999999999999 has more values than can be counted"},
      {npy(header("(99999999999999999,)"), 6),
       "its shape 99999999999999999 needs 399999999999999996 bytes of values, it has 24"},
  };
  for (const auto &[contents, expected] : cases) {
    TestFile file(contents);
    std::string error, headerError;
    EXPECT_FALSE(readNpy(file.path, error));
    EXPECT_EQ(error, expected);
    EXPECT_FALSE(readNpyHeader(file.path, headerError));
    EXPECT_EQ(headerError, expected);
  }
  std::string sizes, error;
  for (int i = 0; i < 33; ++i)
    sizes += "1,";
  EXPECT_FALSE(parseNpyHeader(npy(header("(" + sizes + ")"), 1), error));
  EXPECT_EQ(error, damaged + "more than 32 sizes at character 116");
}

TEST(Npy, EveryCutAndEveryByte) {
  const std::string good = npy(header("(2, 3)") + "\n", 6);
  for (size_t size = 0; size < good.size(); ++size) {
    std::string error;
    TestFile file(good.substr(0, size));
    EXPECT_FALSE(readNpy(file.path, error));
    EXPECT_NE(error, "");
  }
  for (size_t at = 0; at < good.size() - 24; ++at) {
    for (char byte : {'\0', '\n', '9', '(', '\xff'}) {
      std::string changed = good, error;
      changed[at] = byte;
      std::optional<NpyHeader> found = parseNpyHeader(changed, error);
      EXPECT_NE(found.has_value(), !error.empty());
    }
  }
}

TEST(Npy, WhatIsNoFile) {
  std::string error;
  EXPECT_FALSE(readNpy("/nowhere/x.npy", error));
  EXPECT_EQ(error, "cannot be read: No such file or directory");
  EXPECT_FALSE(readNpy("/tmp", error));
  EXPECT_EQ(error, "is a folder, expected a file");
  EXPECT_FALSE(readNpy("/dev/zero", error));
  EXPECT_EQ(error, "is not a regular file");
  const float value = 0;
  EXPECT_FALSE(writeNpy("/nowhere/x.npy", {1}, &value, error));
  EXPECT_EQ(error, "cannot be written: No such file or directory");
  EXPECT_FALSE(writeNpy("/dev/full", {1}, &value, error));
  EXPECT_EQ(error, "cannot be written: No space left on device");
}

TEST(Npy, WritesWhatNumpyWould) {
  TestFile file;
  std::string error;
  const float values[] = {0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f};
  ASSERT_TRUE(writeNpy(file.path, {2, 3}, values, error)) << error;
  EXPECT_EQ(file.read(), npy(header("(2, 3)") + std::string(58, ' ') + "\n", 6));
  ASSERT_TRUE(writeNpy(file.path, {6}, values, error)) << error;
  EXPECT_EQ(file.read(), npy(header("(6,)") + std::string(60, ' ') + "\n", 6));
  ASSERT_TRUE(writeNpy(file.path, {}, values, error)) << error;
  EXPECT_EQ(readNpy(file.path, error)->values, std::vector<float>({0.5f}));
}

} // namespace
