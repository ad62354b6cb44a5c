//===- WeightsTest.cpp - sessions of a library with weights in a file ------===//
#include "runtime/WeightsFormat.h"
#include "tests/runtime/StubCase.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>

namespace {

namespace fs = std::filesystem;

constexpr size_t allBytes = size_t{swin_weights_page} + stub_weights_bytes;
const char damagedHeader[] = "is damaged: its header does not have the checksum that it was written with";
const char damagedData[] = "is damaged: its data do not have the checksum that they were written with";
const char otherModel[] = "has the weights of another model, or of another build of this one: it must be the file that "
                          "was made with the library";
const char shorter[] = "is damaged: it is shorter than it was made";
const char longer[] = "is damaged: it is longer than it was made";
const char foreign[] = "is not a file of weights that swin-compile has made";
const char otherVersion[] = "has another format than this library reads: it was made by another version of "
                            "swin-compile";

/// The file as docs/Contract.md describes it.
std::string rightFile() {
  std::string file(allBytes, '\0');
  uint32_t state = 1;
  const float first[] = {0.5f, -1.5f, 2.0f};
  std::memcpy(file.data() + swin_weights_page, first, sizeof first);
  for (size_t at = swin_weights_page + 64; at < file.size(); at += sizeof state) {
    state = state * 1664525u + 1013904223u;
    std::memcpy(file.data() + at, &state, sizeof state);
  }
  swin_weights_header header = {};
  std::memcpy(header.magic, "\x89SWIN\r\n\x1a", sizeof header.magic);
  header.version = 1;
  header.header_bytes = 4096;
  header.data_bytes = stub_weights_bytes;
  header.data_checksum = stub_weights_checksum;
  std::memcpy(header.data_sha256, stub_weights_sha256, sizeof header.data_sha256);
  header.header_checksum = swin_checksum_of(&header, 64, 0);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

/// A header that is sound in itself, whatever it says.
std::string withHeader(std::string file, const std::function<void(swin_weights_header &)> &change) {
  swin_weights_header header;
  std::memcpy(&header, file.data(), sizeof header);
  change(header);
  header.header_checksum = swin_checksum_of(&header, 64, 0);
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

struct Weights : testing::Test {
  fs::path folder = fs::temp_directory_path() / "swin-weights-XXXXXX";
  std::string path;
  std::string right = rightFile();
  SWINMODEL_session *session = nullptr;
  SWINMODEL_options options = {};

  void SetUp() override {
    stub = {};
    std::string name = folder.string();
    folder = mkdtemp(name.data());
    path = (folder / "stub.weights").string();
    options.threads = 1;
    options.weights_file = path.c_str();
  }
  void TearDown() override {
    SWINMODEL_close(session);
    fs::remove_all(folder);
  }
  void write(const std::string &bytes) const {
    fs::remove_all(path);
    std::ofstream(path, std::ios::binary) << bytes;
  }
  int open() {
    SWINMODEL_close(session);
    return SWINMODEL_open(&session, &options);
  }
  /// What SWINMODEL_error says behind "options.weights_file"; "" = the session is open.
  std::string refusal() {
    int status = open();
    std::string error = SWINMODEL_error(session), option = "options.weights_file ";
    EXPECT_EQ(status, error.empty() ? SWINMODEL_OK : SWINMODEL_E_WEIGHTS);
    return error.starts_with(option) ? error.substr(option.size()) : error;
  }
  static size_t entries(const char *of) {
    size_t count = 0;
    for ([[maybe_unused]] const auto &entry : fs::directory_iterator(of))
      ++count;
    return count;
  }
  bool isMapped() const {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
      if (line.find("stub.weights") != std::string::npos)
        return true;
    return false;
  }
};

TEST_F(Weights, Run) {
  write(right);
  for (int threads : {1, 2, 5}) {
    options.threads = threads;
    ASSERT_EQ(refusal(), "");
    StubCase one(2, 9, 7);
    ASSERT_EQ(one.run(session), SWINMODEL_OK) << SWINMODEL_error(session);
    EXPECT_TRUE(one.isRight());
  }
  // Who holds it needs no name, and a link is as good.
  fs::rename(path, folder / "elsewhere");
  StubCase one(1, 5, 5);
  EXPECT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_TRUE(one.isRight());
  fs::create_symlink("elsewhere", path);
  EXPECT_EQ(refusal(), "");
}

TEST_F(Weights, CallersThreadsAreForRunsOnly) {
  static int calls;
  calls = 0;
  options.threads = 3;
  options.parallel_for = [](void *, int n, void (*body)(void *, int), void *argument) {
    ++calls;
    for (int i = 0; i < n; ++i)
      body(argument, i);
  };
  write(right);
  ASSERT_EQ(refusal(), "");
  EXPECT_EQ(calls, 0);
  StubCase one(1, 5, 5);
  EXPECT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_TRUE(one.isRight());
  EXPECT_GT(calls, 0);
}

TEST_F(Weights, NothingIsKept) {
  size_t files = entries("/proc/self/fd");
  write(right);
  ASSERT_EQ(refusal(), "");
  EXPECT_TRUE(isMapped());
  EXPECT_EQ(entries("/proc/self/fd"), files);
  SWINMODEL_close(session);
  session = nullptr;
  EXPECT_FALSE(isMapped());
  for (const std::string &wrong : {right + "x", right.substr(0, 5000), right.substr(0, allBytes - 1) + '\x01'}) {
    write(wrong);
    EXPECT_NE(refusal(), "");
    EXPECT_FALSE(isMapped());
    EXPECT_EQ(entries("/proc/self/fd"), files);
  }
}

TEST_F(Weights, WhatIsNoFile) {
  EXPECT_EQ(refusal(), "does not exist");
  fs::create_directory(path);
  EXPECT_EQ(refusal(), "is not a regular file");
  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(refusal(), "is not a regular file");
  std::string inside = path + "/more", longName = "/" + std::string(300, 'x');
  options.weights_file = inside.c_str();
  EXPECT_EQ(refusal(), "does not exist");
  options.weights_file = longName.c_str();
  EXPECT_EQ(refusal(), "cannot be opened");
  options.weights_file = "/dev/zero";
  EXPECT_EQ(refusal(), "is not a regular file");
  options.weights_file = "";
  EXPECT_EQ(refusal(), "does not exist");
  options.weights_file = nullptr;
  EXPECT_EQ(refusal(), "is NULL: this library's weights are in a file of their own, which its info names as "
                       "weights_file");
  fs::remove(path);
  fs::create_symlink("stub.weights", path);
  options.weights_file = path.c_str();
  EXPECT_EQ(refusal(), "cannot be opened") << "a link to itself";
}

TEST_F(Weights, EveryReason) {
  auto header = [&](const std::function<void(swin_weights_header &)> &change) { return withHeader(right, change); };
  std::string negated = right;
  for (size_t at : {swin_weights_page + 71, swin_weights_page + 71 + 64})
    negated[at] ^= '\x80';
  std::string swapped = right;
  std::swap_ranges(swapped.begin() + 8192, swapped.begin() + 12288, swapped.begin() + (1 << 20) + 8192);
  const std::pair<std::string, const char *> wrong[] = {
      {"", foreign},
      {"x", foreign},
      {right.substr(0, 7), foreign},
      {std::string(allBytes, '\0'), foreign},
      {"\x89SWIN\n" + right.substr(7), foreign},
      {right.substr(0, 8), shorter},
      {right.substr(0, swin_weights_page - 1), shorter},
      {right.substr(0, swin_weights_page), shorter},
      {right.substr(0, allBytes - 1), shorter},
      {right + '\0', longer},
      {right + right, longer},
      {header([](auto &h) { h.version = 2; }), otherVersion},
      {header([](auto &h) { h.header_bytes = 8192; }), damagedHeader},
      {header([](auto &h) { h.data_bytes -= 64; }).substr(0, allBytes - 64), otherModel},
      {header([](auto &h) { h.data_bytes = UINT64_MAX; }), otherModel},
      {header([](auto &h) { ++h.data_checksum; }), otherModel},
      {header([](auto &h) { h.data_sha256[31] ^= 1; }), otherModel},
      {right.substr(0, swin_weights_page) + std::string(stub_weights_bytes, '\0'), damagedData},
      {negated, damagedData},
      {swapped, damagedData},
  };
  for (size_t i = 0; i < std::size(wrong); ++i) {
    write(wrong[i].first);
    EXPECT_EQ(refusal(), wrong[i].second) << "case " << i;
  }
}

TEST_F(Weights, NoMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer has reserved all of it";
#endif
  write(right);
  rlimit before, low = {1 << 20, RLIM_INFINITY};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  low.rlim_max = before.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &low), 0);
  int status = open();
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(status, SWINMODEL_E_MEMORY);
  EXPECT_STREQ(SWINMODEL_error(session), "there is no memory to map options.weights_file");
}

TEST_F(Weights, ManyMutations) {
  std::mt19937_64 random(7);
  auto below = [&](size_t bound) { return random() % bound; };
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string file = right;
    size_t place = below(3) == 0 ? below(80) : below(file.size()), most = std::min<size_t>(100, file.size() - place);
    switch (below(6)) {
    case 0:
      file[place] ^= static_cast<char>(1 << below(8));
      break;
    case 1:
      file.insert(place, 1 + below(70), static_cast<char>(random()));
      break;
    case 2:
      file.erase(place, 1 + below(most));
      break;
    case 3:
      file.resize(place);
      break;
    case 4:
      for (size_t end = place + 1 + below(most), at = place; at < end; ++at)
        file[at] = static_cast<char>(random());
      break;
    default:
      std::swap_ranges(file.begin(), file.begin() + static_cast<long>(1 + below(200)),
                       file.begin() + 1000 + static_cast<long>(below(1000000)));
    }
    if (file == right)
      continue;
    write(file);
    std::string why = refusal();
    ASSERT_NE(why, "") << "round " << round;
    ++refused;
  }
  EXPECT_GT(refused, 900);
}

/// One word's change is always seen; two that cancel where a sum or a plain product would be used are seen too.
TEST(Checksum, SeesChanges) {
  std::vector<uint64_t> data(64);
  std::mt19937_64 random(1);
  for (uint64_t &word : data)
    word = random();
  auto sum = [&] { return swin_checksum_of(data.data(), 512, 3); };
  uint64_t before = sum();
  EXPECT_NE(before, swin_checksum_of(data.data(), 512, 4));
  for (int bit = 0; bit < 64; ++bit)
    for (int other = 0; other < 64; ++other) {
      data[3] ^= uint64_t(1) << bit;
      EXPECT_NE(sum(), before);
      data[11] ^= uint64_t(1) << other; // the next of the same lane
      EXPECT_NE(sum(), before) << bit << " and " << other;
      data[3] ^= uint64_t(1) << bit;
      data[11] ^= uint64_t(1) << other;
    }
  EXPECT_EQ(sum(), before);
}

} // namespace
