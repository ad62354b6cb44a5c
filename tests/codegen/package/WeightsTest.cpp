//===- WeightsTest.cpp - the weights as a file, byte for byte -------------===//
#include "codegen/Weights.h"
#include "codegen/WeightsObject.h"
#include "runtime/WeightsFormat.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/WeightLayouts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "gtest/gtest.h"

#include <cstring>

using namespace llvm;
using namespace swin::codegen;
using swin::ref::ConstantStore;
using swin::test::layoutOf;
using swin::test::TemporaryFolder;

namespace {

using Sizes = std::vector<std::pair<std::string, int64_t>>;

void fill(ConstantStore &store, const Sizes &sizes) {
  float next = 0;
  for (const auto &[name, elements] : sizes) {
    std::vector<float> values(elements);
    for (float &value : values)
      value = next += 0.5f;
    store.add(name, {elements}, values);
  }
}

/// The checksum in one loop over words, without blocks and chunks of the writer.
uint64_t checksumOf(StringRef data) {
  uint64_t sum = 0, lanes[8] = {};
  for (uint64_t at = 0; at < data.size(); at += 8) {
    uint64_t chunk = at >> 20, lane = at / 8 % 8, word;
    if ((at & ((1 << 20) - 1)) < 64)
      lanes[lane] = 8 * chunk + lane + 1;
    std::memcpy(&word, data.data() + at, 8);
    lanes[lane] = swin_checksum_mix(lanes[lane], word);
    if (((at + 8) & ((1 << 20) - 1)) != 0 && at + 8 != data.size())
      continue;
    uint64_t whole = 0;
    for (uint64_t value : lanes)
      whole = swin_checksum_mix(whole, value);
    sum += whole;
  }
  return sum;
}

TEST(WeightsFile, HoldsTheLayout) {
  TemporaryFolder folder;
  ConstantStore store;
  // Ends of chunks, of 262144 floats, within constants and between two.
  Sizes sizes = {{"a", 3}, {"b", 300000}, {"c", 16}, {"d", 1}, {"e", 262144}, {"f", 17}};
  fill(store, sizes);
  auto layout = layoutOf(sizes);
  auto digest = digestConstants(layout, store);
  ASSERT_TRUE(static_cast<bool>(digest)) << toString(digest.takeError());
  ASSERT_EQ(toString(writeWeightsFile(folder.path("w"), layout, *digest, store)), "");
  EXPECT_TRUE(store.names().empty()) << "what is written is freed";

  std::string file = folder.read("w");
  ASSERT_EQ(static_cast<int64_t>(file.size()), 4096 + layout.bytes);
  ASSERT_EQ(weightsFileBytes(layout), 4096 + layout.bytes);
  swin_weights_header header;
  std::memcpy(&header, file.data(), sizeof header);
  StringRef data = StringRef(file).drop_front(4096);
  EXPECT_EQ(StringRef(file).take_front(8), StringRef("\x89SWIN\r\n\x1a"));
  EXPECT_EQ(header.version, 1u);
  EXPECT_EQ(header.header_bytes, 4096u);
  EXPECT_EQ(header.data_bytes, data.size());
  EXPECT_EQ(header.data_checksum, checksumOf(data));
  EXPECT_EQ(toHex(ArrayRef(header.data_sha256), true), toHex(SHA256::hash(arrayRefFromStringRef(data)), true));
  EXPECT_EQ(header.header_checksum, checksumOf(StringRef(file).take_front(64)));
  EXPECT_EQ(file.substr(sizeof header, 4096 - sizeof header), std::string(4096 - sizeof header, '\0'));
  EXPECT_EQ(digest->sha256, toHex(ArrayRef(header.data_sha256), true));
  EXPECT_EQ(digest->checksum, header.data_checksum);

  // The same as in an object.
  fill(store, sizes);
  auto inside = digestConstants(layout, store);
  ASSERT_TRUE(static_cast<bool>(inside));
  EXPECT_EQ(inside->sha256, digest->sha256);
  EXPECT_EQ(inside->checksum, digest->checksum);
  ASSERT_EQ(toString(writeWeightsObject(folder.path("w.o"), "m_weights", layout, store)), "");
  EXPECT_EQ(folder.read("w.o").substr(64, data.size()), data.str());
}

TEST(WeightsFile, EmptyModelsHaveItToo) {
  TemporaryFolder folder;
  ConstantStore store;
  auto digest = digestConstants({}, store);
  ASSERT_TRUE(static_cast<bool>(digest));
  ASSERT_EQ(toString(writeWeightsFile(folder.path("w"), {}, *digest, store)), "");
  EXPECT_EQ(digest->checksum, 0u);
  EXPECT_EQ(folder.read("w").size(), 4096u);
}

TEST(WeightsFile, SaysAllThatIsWrong) {
  TemporaryFolder folder;
  ConstantStore store;
  store.add("a", {2}, {1, 2});
  auto digest = digestConstants(layoutOf({{"a", 3}, {"b", 1}}), store);
  ASSERT_FALSE(static_cast<bool>(digest));
  EXPECT_EQ(toString(digest.takeError()), "constant a has 2 values, expected 3\nthere is no constant b");
  EXPECT_EQ(toString(writeWeightsFile(folder.path("w"), layoutOf({{"a", 3}, {"b", 1}}), {}, store)),
            "constant a has 2 values, expected 3\nthere is no constant b");
  EXPECT_EQ(folder.contents(), std::set<std::string>()) << "found before the file was begun";
  digest = digestConstants(layoutOf({{"a", 2}}), store);
  ASSERT_TRUE(static_cast<bool>(digest));
  EXPECT_EQ(toString(writeWeightsFile("/dev/full", layoutOf({{"a", 2}}), *digest, store)),
            "'/dev/full': No space left on device");
}

} // namespace
