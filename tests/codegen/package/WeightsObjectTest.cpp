//===- WeightsObjectTest.cpp - the weights as an object, byte for byte ----===//
#include "codegen/WeightsObject.h"
#include "codegen/ObjectFiles.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/WeightLayouts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/SHA256.h"
#include "gtest/gtest.h"

#include <cstring>
#include <sys/resource.h>

using namespace llvm;
using namespace swin::codegen;
using swin::passes::WeightLayout;
using swin::ref::ConstantStore;
using swin::test::layoutOf;
using swin::test::TemporaryFolder;

namespace {

std::string readText(StringRef bytes, uint64_t offset, const std::vector<float> &values) {
  std::vector<float> found(values.size());
  std::memcpy(found.data(), bytes.data() + offset, values.size() * sizeof(float));
  return found == values ? "" : "other values at " + std::to_string(offset);
}

int64_t peakBytes() {
  rusage usage = {};
  EXPECT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  return int64_t(usage.ru_maxrss) * 1024;
}

TEST(WeightsObject, HoldsTheLayout) {
  TemporaryFolder folder;
  ConstantStore store;
  std::vector<float> a = {1, 2, 3}, b(16, 0.5f), c(17, -4);
  store.add("c", {17}, c);
  store.add("a", {3}, a);
  store.add("b", {4, 4}, b);
  store.add("unused", {1}, {9});
  WeightLayout layout = layoutOf({{"a", 3}, {"b", 16}, {"c", 17}});
  ASSERT_EQ(layout.bytes, 256);
  auto hash = digestConstants(layout, store);
  ASSERT_TRUE(static_cast<bool>(hash)) << toString(hash.takeError());
  ASSERT_EQ(toString(writeWeightsObject(folder.path("w.o"), "tiny_weights", layout, store)), "");
  EXPECT_EQ(store.names(), std::vector<std::string>{"unused"}) << "what is written is freed";

  std::string file = folder.read("w.o");
  auto object = object::ObjectFile::createELFObjectFile(MemoryBufferRef(file, "w.o"));
  ASSERT_TRUE(static_cast<bool>(object)) << toString(object.takeError());
  int symbols = 0, sections = 0;
  for (object::ELFSymbolRef symbol : cast<object::ELFObjectFileBase>(**object).symbols()) {
    ++symbols;
    EXPECT_EQ(cantFail(symbol.getName()), "tiny_weights");
    EXPECT_EQ(cantFail(symbol.getValue()), 0u);
    EXPECT_EQ(symbol.getSize(), 256u);
    EXPECT_EQ(symbol.getBinding(), ELF::STB_GLOBAL);
    EXPECT_EQ(symbol.getOther(), ELF::STV_HIDDEN);
    auto section = cantFail(symbol.getSection());
    EXPECT_EQ(cantFail(section->getName()), ".rodata.tiny_weights");
  }
  EXPECT_EQ(symbols, 1);
  StringRef bytes;
  for (object::ELFSectionRef section : (*object)->sections()) {
    StringRef name = cantFail(section.getName());
    EXPECT_FALSE(section.getFlags() & (ELF::SHF_EXECINSTR | ELF::SHF_WRITE)) << name.str();
    if (name != ".rodata.tiny_weights")
      continue;
    ++sections;
    EXPECT_EQ(section.getAlignment().value(), 64u);
    EXPECT_EQ(section.getFlags(), uint64_t(ELF::SHF_ALLOC));
    bytes = cantFail(section.getContents());
  }
  ASSERT_EQ(sections, 1);
  ASSERT_EQ(bytes.size(), 256u);
  EXPECT_EQ(readText(bytes, 0, a) + readText(bytes, 12, std::vector<float>(13)), "");
  EXPECT_EQ(readText(bytes, 64, b), "");
  EXPECT_EQ(readText(bytes, 128, c) + readText(bytes, 128 + 68, std::vector<float>(15)), "");
  EXPECT_EQ(hash->sha256, toHex(SHA256::hash(arrayRefFromStringRef(bytes)), true));
}

TEST(WeightsObject, SameBytesEachTime) {
  TemporaryFolder folder;
  for (const char *file : {"1.o", "2.o"}) {
    ConstantStore store;
    store.add("a", {100}, std::vector<float>(100, 1.5f));
    ASSERT_EQ(toString(writeWeightsObject(folder.path(file), "m_weights", layoutOf({{"a", 100}}), store)), "");
  }
  EXPECT_EQ(folder.read("1.o"), folder.read("2.o"));
}

TEST(WeightsObject, EmptyModelsHaveThemToo) {
  TemporaryFolder folder;
  ConstantStore store;
  ASSERT_EQ(toString(writeWeightsObject(folder.path("w.o"), "m_weights", {}, store)), "");
  std::string file = folder.read("w.o");
  auto symbols = listSymbols(arrayRefFromStringRef(file));
  ASSERT_TRUE(static_cast<bool>(symbols));
  EXPECT_EQ(symbols->defined, std::vector<std::string>{"m_weights"});
}

TEST(WeightsObject, SaysAllThatIsWrong) {
  TemporaryFolder folder;
  ConstantStore store;
  store.add("a", {2}, {1, 2});
  EXPECT_EQ(toString(writeWeightsObject(folder.path("w.o"), "m_weights", layoutOf({{"a", 3}, {"b", 1}}), store)),
            "constant a has 2 values, expected 3\nthere is no constant b");
  EXPECT_EQ(folder.contents(), std::set<std::string>()) << "found before the file was begun";

  WeightLayout huge = layoutOf({{"a", int64_t(1) << 29}});
  EXPECT_EQ(toString(writeWeightsObject(folder.path("w.o"), "m_weights", huge, store)),
            "the weights take 2147483648 bytes; a library can have less than 2147483648; with --weights-file they need "
            "not be in it");

  EXPECT_EQ(toString(writeWeightsObject("/dev/full", "m_weights", layoutOf({{"a", 2}}), store)),
            "'/dev/full': No space left on device");
}

// 110 MB, as in Swin-T: writing takes no memory, the archive at most the mapped file.
TEST(WeightsObject, IsStreamed) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer keeps memory that was freed";
#endif
  TemporaryFolder folder;
  ConstantStore store;
  std::vector<std::pair<std::string, int64_t>> sizes;
  for (int i = 0; i < 55; ++i) {
    sizes.emplace_back("w" + std::to_string(i), 500000);
    store.add(sizes.back().first, {500000}, std::vector<float>(500000, static_cast<float>(i)));
  }
  int64_t before = peakBytes(), weights = layoutOf(sizes).bytes;
  ASSERT_EQ(toString(writeWeightsObject(folder.path("w.o"), "m_weights", layoutOf(sizes), store)), "");
  int64_t written = peakBytes();
  EXPECT_LT(written - before, weights / 20);
  ASSERT_EQ(toString(writeArchiveFile(folder.path("w.a"), {{"w.o", {}, folder.path("w.o")}})), "");
  EXPECT_LT(peakBytes() - before, weights / 20);
  EXPECT_GT(std::filesystem::file_size(folder.path("w.a")), static_cast<uint64_t>(weights));
}

} // namespace
