//===- SafetensorsTest.cpp - good, malformed and mutated files ------------===//
#include "dsl/Safetensors.h"
#include "dsl/FileErrors.h"
#include "tests/dsl/Checkpoint.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <unistd.h>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

/// In a block of exactly its size, so that a sanitizer sees every step outside.
Tensors readBytes(const std::string &text, Diagnostics &errors, std::vector<std::byte> &bytes) {
  const std::byte *start = reinterpret_cast<const std::byte *>(text.data());
  bytes.assign(start, start + text.size());
  bytes.shrink_to_fit();
  return readSafetensors(bytes, "w", errors);
}

Lines errorsOf(const std::string &text) {
  Diagnostics errors;
  std::vector<std::byte> bytes;
  readBytes(text, errors, bytes);
  return test::linesWithout("w", errors);
}

/// Errors of a header before `dataBytes` bytes of data.
Lines headerErrors(const std::string &header, size_t dataBytes = 0) {
  return errorsOf(test::fileBytes(header, dataBytes));
}

TEST(SafetensorsTest, ReadsTensors) {
  test::Checkpoint checkpoint;
  checkpoint.add<float>("b", "F32", {2, 3}, {1, 2, 3, 4, 5, 6});
  checkpoint.add<int64_t>("a", "I64", {}, {-5});
  checkpoint.add<float>("empty", "F32", {3, 0, 1 << 30}, {});
  checkpoint.add("packed", "F4", {3, 2}, "abc");
  Diagnostics errors;
  std::vector<std::byte> bytes;
  Tensors tensors = readBytes(checkpoint.bytes(), errors, bytes);
  EXPECT_EQ(errors.lines(), Lines());
  ASSERT_EQ(tensors.size(), 4u);
  const Tensor &b = tensors.at("b");
  EXPECT_EQ(b.type, "F32");
  EXPECT_EQ(b.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(b.count, 6);
  float last = 0;
  std::memcpy(&last, b.data.data() + 20, 4);
  EXPECT_EQ(last, 6);
  EXPECT_EQ(tensors.at("a").count, 1);
  EXPECT_EQ(tensors.at("empty").count, 0);
  EXPECT_TRUE(tensors.at("empty").data.empty());
}

TEST(SafetensorsTest, MetadataAndNoTensors) {
  EXPECT_EQ(headerErrors(R"({"__metadata__":{"format":"pt"}})"), Lines());
  EXPECT_EQ(headerErrors("{}   "), Lines());
}

struct BadFile {
  std::string bytes;
  Lines lines;
};

TEST(SafetensorsTest, NotTheFormat) {
  const std::string tail = "; it is cut short or no safetensors file";
  uint64_t huge = largestHeader + 1;
  std::string tooLong(reinterpret_cast<char *>(&huge), sizeof(huge));
  const BadFile files[] = {
      {"", {"has 0 bytes; a safetensors file begins with 8 bytes, the length of its header"}},
      {"abcdefg", {"has 7 bytes; a safetensors file begins with 8 bytes, the length of its header"}},
      {std::string("\x10\0\0\0\0\0\0\0{}", 10), {"its first 8 bytes give a header of 16 bytes, but 2 follow" + tail}},
      {std::string(8, '\xff') + "{}",
       {"its first 8 bytes give a header of 18446744073709551615 bytes, but 2 follow" + tail}},
      {std::string(8, '\0') + "{}", {"header does not begin with '{'; it is no safetensors file"}},
      {test::fileBytes("[1]"), {"header does not begin with '{'; it is no safetensors file"}},
      {test::fileBytes(" {}"), {"header does not begin with '{'; it is no safetensors file"}},
      {tooLong + std::string(huge, ' '), {"header of 100000001 bytes; at most 100000000"}},
      {"version https://git-lfs.github.com/spec/v1\n",
       {"is a Git LFS pointer, not the weights; 'git lfs pull' fetches them"}},
      {"PK\x03\x04 and so on", {"is a zip archive, perhaps a PyTorch checkpoint; safetensors is needed"}},
      {test::fileBytes("{"), {"header is not JSON at byte 10 of the file"}},
      {test::fileBytes(R"({"a":NaN})"), {"header is not JSON at byte 14 of the file"}},
      {test::fileBytes("{} {}"), {"header is not JSON at byte 12 of the file"}},
      {test::fileBytes("{\"\xff\":1}"), {"header is not JSON at byte 11 of the file"}},
      {test::fileBytes(R"({"a":1e999})"), {"header is not JSON at byte 18 of the file"}},
  };
  for (const BadFile &file : files)
    EXPECT_EQ(errorsOf(file.bytes), file.lines);
}

struct BadHeader {
  const char *header;
  size_t dataBytes;
  Lines lines;
};

TEST(SafetensorsTest, BadEntries) {
  const std::string needs = "; dtype, shape and data_offsets are needed";
  const std::string numbers = "; whole numbers from 0 to 2^63 - 1";
  const BadHeader headers[] = {
      {R"({"a":[{"b":1}]})", 0, {"tensor 'a' is a list" + needs}},
      {R"({"a":null,"b":"x"})", 0, {"tensor 'a' is null" + needs, "tensor 'b' is a string" + needs}},
      {R"({"a":{}})", 0, {"tensor 'a': no dtype" + needs}},
      {R"({"a":{"dtype":"F32","data_offsets":[0,0]}})", 0, {"tensor 'a': no shape" + needs}},
      {R"({"a":{"dtype":"F32","shape":[]}})", 0, {"tensor 'a': no data_offsets" + needs}},
      {R"({"a":{"dtype":32}})", 0, {"tensor 'a': dtype is the number 32; a string such as F32"}},
      {R"({"a":{"dtype":{"x":[{}]},"shape":[]}})", 0, {"tensor 'a': dtype is an object; a string such as F32"}},
      {R"({"a":{"shape":true}})", 0, {"tensor 'a': shape is true; a list of numbers"}},
      {R"({"a":{"shape":[-1]}})", 0, {"tensor 'a': shape holds the number -1" + numbers}},
      {R"({"a":{"shape":[2.0]}})", 0, {"tensor 'a': shape holds the number 2.0" + numbers}},
      {R"({"a":{"shape":[[1]]}})", 0, {"tensor 'a': shape holds a list" + numbers}},
      {R"({"a":{"shape":[9223372036854775808]}})",
       0,
       {"tensor 'a': shape holds the number 9223372036854775808" + numbers}},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})",
       4,
       {"tensor 'a': more than 8 dimensions"}},
      {R"({"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})",
       4,
       {"tensor 'a': unknown dtype 'F33'; known are BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 I16 U16 F16 "
        "BF16 I32 U32 F32 C64 F64 I64 U64"}},
      {R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
       0,
       {"tensor 'a': 4294967296x4294967296 U8 is more than 64 bits can count"}},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}})",
       0,
       {"tensor 'a': 4611686018427387904 F32 is more than 64 bits can count"}},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})",
       4,
       {"tensor 'a': data_offsets are 1 numbers; two: begin and end"}},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})",
       8,
       {"tensor 'a': data_offsets [8, 4] end before they begin"}},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
       4,
       {"tensor 'a': data_offsets [0, 8] reach beyond the file, which has 4 bytes of data; the file may be cut short"}},
      {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
       8,
       {"tensor 'a': data_offsets [0, 8] hold 8 bytes; 3 F32 needs 12"}},
      {R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})",
       1,
       {"tensor 'a': data_offsets [0, 1] hold 1 bytes; 3 F4 needs 2"}},
      {R"({"a":{"dtype":"U8","kind":{"b":[]},"shape":[1],"data_offsets":[0,1]}})",
       1,
       {"tensor 'a': unknown key 'kind'; a tensor has dtype, shape and data_offsets"}},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"shape":[2]}})", 1, {"tensor 'a': shape appears twice"}},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":3}})", 1, {"tensor 'a' appears twice"}},
      {R"({"__metadata__":[1]})", 0, {"__metadata__ is a list; an object whose values are strings"}},
      {R"({"__metadata__":{"a":1,"b":{"c":[]}}})",
       0,
       {"__metadata__: 'a' is the number 1; a string", "__metadata__: 'b' is an object; a string"}},
      {R"({"__metadata__":{},"__metadata__":{}})", 0, {"__metadata__ appears twice"}},
      {R"({"tab\tnew\nline é":0})", 0, {"tensor 'tab\\x09new\\x0aline \\xc3\\xa9' is the number 0" + needs}},
  };
  for (const BadHeader &bad : headers)
    EXPECT_EQ(headerErrors(bad.header, bad.dataBytes), bad.lines) << bad.header;
}

TEST(SafetensorsTest, Coverage) {
  const BadHeader headers[] = {
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})",
       5,
       {"tensor 'b' at [3, 5] overlaps tensor 'a' at [0, 4]"}},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
       6,
       {"bytes [2, 4] of the data belong to no tensor; tensors follow without gaps"}},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
       3,
       {"bytes [2, 3] of the data belong to no tensor; tensors follow without gaps"}},
      {"{}", 1, {"bytes [0, 1] of the data belong to no tensor; tensors follow without gaps"}},
      // Behind an error nobody knows whose the bytes are.
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,3]}})",
       3,
       {"tensor 'a': data_offsets [0, 3] hold 3 bytes; 2 U8 needs 2"}},
  };
  for (const BadHeader &bad : headers)
    EXPECT_EQ(headerErrors(bad.header, bad.dataBytes), bad.lines) << bad.header;
}

TEST(SafetensorsTest, ManyErrorsAreCounted) {
  std::string header = "{";
  for (int i = 0; i < 30; ++i)
    header += (i ? ",\"t" : "\"t") + std::to_string(i) + "\":0";
  Lines lines = headerErrors(header + "}");
  ASSERT_EQ(lines.size(), FileErrors::most + 1);
  EXPECT_EQ(lines.back(), "and 10 more");
}

TEST(SafetensorsTest, ManyTensorsAreRefused) {
  std::string header = "{";
  for (size_t i = 0; i <= mostTensors; ++i)
    header += (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_EQ(headerErrors(header + "}"), Lines{"holds more than 65536 tensors"});
}

TEST(SafetensorsTest, DeepNesting) {
  EXPECT_EQ(headerErrors("{\"a\":" + std::string(1000000, '[') + std::string(1000000, ']') + "}"),
            Lines{"tensor 'a' is a list; dtype, shape and data_offsets are needed"});
}

TEST(SafetensorsTest, OpensRegularFilesOnly) {
  Diagnostics errors;
  EXPECT_EQ(MappedFile::open("/nowhere/w", errors), nullptr);
  EXPECT_EQ(MappedFile::open("/", errors), nullptr);
  EXPECT_EQ(MappedFile::open("/dev/null", errors), nullptr);
  EXPECT_EQ(errors.lines(),
            (Lines{"/nowhere/w: error: cannot be opened: No such file or directory",
                   "/: error: is a folder; a safetensors file is needed", "/dev/null: error: is not a regular file"}));
  test::TemporaryFile empty(""), some("abc");
  Diagnostics none;
  ASSERT_NE(MappedFile::open(empty.path, none), nullptr);
  EXPECT_TRUE(MappedFile::open(empty.path, none)->bytes().empty());
  EXPECT_EQ(MappedFile::open(some.path, none)->bytes().size(), 3u);
  EXPECT_TRUE(none.good());
}

/// Changes bytes of good files: never a crash, and what is accepted lies inside.
/// Memory of this process that is in use.
int64_t residentBytes() {
  std::ifstream stream("/proc/self/statm");
  int64_t all = 0, resident = 0;
  stream >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(SafetensorsTest, PartsAreReleased) {
  constexpr int64_t size = 64 << 20;
  std::string path = testing::TempDir() + "parts.bin", bytes(size, 'x');
  for (int64_t i = 0; i < size; i += 1000)
    bytes[i] = static_cast<char>(i / 1000);
  std::ofstream(path, std::ios::binary) << bytes;
  Diagnostics errors;
  std::shared_ptr<const MappedFile> file = MappedFile::open(path, errors);
  std::remove(path.c_str());
  ASSERT_TRUE(file);
  auto isSame = [&] { return std::memcmp(file->bytes().data(), bytes.data(), size) == 0; };
  ASSERT_TRUE(isSame());
  int64_t before = residentBytes();
  file->release(file->bytes().subspan(5, 10));
  EXPECT_LT(std::abs(before - residentBytes()), size / 10);
  file->release(file->bytes().subspan(777, size - 1777));
  EXPECT_LT(residentBytes(), before - size / 10 * 9);
  EXPECT_TRUE(isSame()) << "what is released can be read again";
}

TEST(SafetensorsTest, MutatedFiles) {
  test::Checkpoint checkpoint;
  checkpoint.add<float>("a", "F32", {2, 3}, std::vector<float>(6));
  checkpoint.add<int64_t>("bb", "I64", {4}, std::vector<int64_t>(4));
  checkpoint.add("c", "BF16", {1, 0, 7}, "");
  const std::string good = checkpoint.bytes();
  const std::string letters = "0123456789-+.eE{}[]\",: \\\xff";
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text = good;
    for (unsigned change = random() % 4 + 1; change > 0; --change) {
      size_t at = random() % text.size();
      switch (random() % 4) {
      case 0:
        text[at] = letters[random() % letters.size()];
        break;
      case 1:
        text[at] = static_cast<char>(random());
        break;
      case 2:
        text.erase(at, random() % 9);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 40));
      }
      if (text.empty())
        text = "{";
    }
    Diagnostics errors;
    std::vector<std::byte> bytes;
    Tensors tensors = readBytes(text, errors, bytes);
    if (!errors.good())
      continue;
    ++accepted;
    unsigned sum = 0;
    for (const auto &[name, tensor] : tensors)
      for (std::byte byte : tensor.data)
        sum += std::to_integer<unsigned>(byte);
    EXPECT_LE(sum, bytes.size() * 255);
  }
  EXPECT_GT(accepted, 20);
  EXPECT_LT(accepted, 1000);
}

} // namespace
