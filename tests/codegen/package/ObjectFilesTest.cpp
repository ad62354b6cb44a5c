//===- ObjectFilesTest.cpp - symbols, sections, archives ------------------===//
#include "codegen/ObjectFiles.h"
#include "tests/codegen/package/HalideKernels.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

using namespace llvm;
using namespace swin::codegen;
using swin::test::halideKernel;

namespace {

template <typename T> T check(Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << toString(value.takeError());
    return {};
  }
  return std::move(*value);
}

ObjectSymbols symbolsOf(const ObjectBytes &object) { return check(listSymbols(object)); }

std::set<std::string> sorted(const std::vector<std::string> &names) { return {names.begin(), names.end()}; }

/// Names of the defined symbols that are not hidden.
std::vector<std::string> visible(const ObjectBytes &bytes) {
  StringRef text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  auto object = check(object::ObjectFile::createELFObjectFile(MemoryBufferRef(text, "test")));
  std::vector<std::string> names;
  for (object::ELFSymbolRef symbol : cast<object::ELFObjectFileBase>(*object).symbols())
    if (symbol.getBinding() == ELF::STB_GLOBAL && (symbol.getOther() & 3) == ELF::STV_DEFAULT &&
        !(check(symbol.getFlags()) & object::SymbolRef::SF_Undefined))
      names.push_back(check(symbol.getName()).str());
  return names;
}

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct TemporaryFile {
  SmallString<128> path;
  TemporaryFile() { EXPECT_FALSE(sys::fs::createTemporaryFile("swin-test", "a", path)); }
  ~TemporaryFile() { sys::fs::remove(path); }
  std::string str() const { return path.str().str(); }
};

TEST(ObjectFiles, ListsSymbols) {
  ObjectSymbols symbols = symbolsOf(halideKernel("tiny_k0"));
  EXPECT_TRUE(is_contained(symbols.defined, "tiny_k0"));
  EXPECT_EQ(symbols.defined.size(), 2u) << "the kernel and its closure";
  EXPECT_TRUE(is_contained(symbols.undefined, "halide_do_par_for"));
}

TEST(ObjectFiles, RenamesByNameAndPrefix) {
  ObjectBytes object = halideKernel("tiny_k0", /*heap=*/true);
  EXPECT_EQ(sorted(symbolsOf(object).undefined),
            (std::set<std::string>{"halide_do_par_for", "halide_free", "halide_malloc", "sinf"}));
  Rewriting rewriting;
  rewriting.symbols = {{"halide_malloc", "mine"}, {"no_such_symbol", "x"}};
  rewriting.prefixes = {{"halide_", "other_"}, {"tiny_", "small_"}, {"small_", "never_"}};
  ObjectBytes renamed = check(rewriteObject(object, rewriting));
  EXPECT_EQ(sorted(symbolsOf(renamed).undefined),
            (std::set<std::string>{"mine", "other_do_par_for", "other_free", "sinf"}));
  for (const std::string &name : symbolsOf(renamed).defined)
    EXPECT_TRUE(StringRef(name).starts_with("small_k0")) << name;
  EXPECT_EQ(visible(renamed).size(), 3u) << "nothing was to be hidden";
}

TEST(ObjectFiles, HidesWhatIsDefinedOnly) {
  Rewriting rewriting;
  rewriting.prefixes = {{"tiny_", "small_"}};
  rewriting.hideDefined = true;
  ObjectBytes hidden = check(rewriteObject(halideKernel("tiny_k0"), rewriting));
  EXPECT_EQ(visible(hidden), std::vector<std::string>());
  EXPECT_TRUE(is_contained(symbolsOf(hidden).defined, "small_k0"));
  EXPECT_TRUE(is_contained(symbolsOf(hidden).undefined, "halide_do_par_for"));
}

TEST(ObjectFiles, CanonicalKernelsHaveLibraryNames) {
  ObjectBytes kernel = check(canonicalizeKernel(halideKernel("kernel", /*heap=*/true), "kernel", "tiny_k0", "tiny"));
  EXPECT_EQ(sorted(symbolsOf(kernel).defined), (std::set<std::string>{"tiny_k0", "tiny_k0.p0", "tiny_k0.p1"}));
  EXPECT_EQ(sorted(symbolsOf(kernel).undefined),
            (std::set<std::string>{"sinf", "tiny_rt_free", "tiny_rt_malloc", "tiny_rt_par_for"}));
  EXPECT_EQ(visible(kernel), std::vector<std::string>());
}

TEST(ObjectFiles, CanonicalKernelsDoNotDependOnTheProcess) {
  std::vector<ObjectBytes> kernels(12), raw(kernels.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kernels.size(); ++i)
    threads.emplace_back([&, i] {
      for (size_t k = 0; k < i % 3; ++k)
        swin::test::disturbHalide();
      raw[i] = halideKernel("tiny_k0", /*heap=*/true);
      kernels[i] = check(canonicalizeKernel(raw[i], "tiny_k0", "tiny_k0", "tiny"));
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_TRUE(llvm::any_of(raw, [&](const ObjectBytes &object) { return object != raw[0]; }))
      << "without canonicalisation they are the same: nothing is tested here";
  for (const ObjectBytes &kernel : kernels)
    EXPECT_EQ(kernel, kernels[0]);
  std::string bytes(kernels[0].begin(), kernels[0].end());
  EXPECT_EQ(bytes.find("par_for_"), std::string::npos) << "a name of Halide's is left";
}

TEST(ObjectFiles, CanonicalizeRefusesForeignObjects) {
  auto other = canonicalizeKernel(halideKernel("tiny_k0"), "kernel", "tiny_k1", "tiny");
  ASSERT_FALSE(static_cast<bool>(other));
  EXPECT_EQ(toString(other.takeError()), "the object of kernel tiny_k1 does not define kernel");
  Rewriting rewriting;
  rewriting.symbols = {{"sinf", "halide_error"}};
  auto needy =
      canonicalizeKernel(check(rewriteObject(halideKernel("tiny_k0"), rewriting)), "tiny_k0", "tiny_k0", "tiny");
  ASSERT_FALSE(static_cast<bool>(needy));
  EXPECT_EQ(toString(needy.takeError()), "kernel tiny_k0 needs halide_error, which the runtime does not have");
  ObjectBytes garbage(100, 'x');
  auto broken = canonicalizeKernel(garbage, "tiny_k0", "tiny_k0", "tiny");
  ASSERT_FALSE(static_cast<bool>(broken));
  consumeError(broken.takeError());
}

TEST(ObjectFiles, ArchivesAreTheSameBytesAndComeBack) {
  ObjectBytes a = check(canonicalizeKernel(halideKernel("tiny_a"), "tiny_a", "tiny_a", "tiny"));
  ObjectBytes b = check(canonicalizeKernel(halideKernel("tiny_b"), "tiny_b", "tiny_b", "tiny"));
  TemporaryFile onDisk, first, second;
  std::ofstream(onDisk.str(), std::ios::binary).write(reinterpret_cast<const char *>(b.data()), b.size());
  std::vector<ArchiveMember> members = {{"tiny_a.o", a, ""}, {"a_longer_name_than_sixteen.o", {}, onDisk.str()}};
  ASSERT_EQ(toString(writeArchiveFile(first.str(), members)), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100)); // the next second of the clock
  ASSERT_EQ(toString(writeArchiveFile(second.str(), members)), "");
  EXPECT_EQ(readFile(first.str()), readFile(second.str()));
  EXPECT_TRUE(StringRef(readFile(first.str())).starts_with("!<arch>\n/               0           0     0     0 "));

  std::vector<ArchiveMember> read = check(readArchiveFile(first.str()));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].name, "tiny_a.o");
  EXPECT_EQ(read[0].bytes, a);
  EXPECT_EQ(read[1].name, "a_longer_name_than_sixteen.o");
  EXPECT_EQ(read[1].bytes, b);
}

TEST(ObjectFiles, ArchiveErrorsNameTheFile) {
  EXPECT_EQ(toString(writeArchiveFile("/nonexistent/x.a", {})), "'/nonexistent/x.a': No such file or directory");
  TemporaryFile file;
  EXPECT_EQ(toString(writeArchiveFile(file.str(), {{"m.o", {}, "/nonexistent/m.o"}})),
            "'/nonexistent/m.o': No such file or directory");
  EXPECT_EQ(toString(writeArchiveFile("/dev/full", {{"m.o", ObjectBytes(100000), ""}})),
            "'/dev/full': No space left on device");
}

} // namespace
