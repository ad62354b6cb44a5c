//===- PackageTest.cpp - what objects become, texts, linkers --------------===//
#include "codegen/Package.h"
#include "codegen/Command.h"
#include "codegen/Header.h"
#include "codegen/Info.h"
#include "codegen/KernelCompiler.h"
#include "tests/codegen/package/TemporaryFolder.h"

#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace swin::codegen;
using swin::test::TemporaryFolder;

namespace {

PackageOptions optionsIn(const TemporaryFolder &folder) {
  PackageOptions options;
  options.name = "tiny";
  options.version = "1.2.3";
  options.library = true;
  std::string products = PRODUCT_DIR;
  options.files = {products + "/libswin_runtime.a", products + "/libswin_runner.a", products + "/NAME.h.in"};
  options.folder = folder.path();
  return options;
}

TEST(Package, RejectsSymbolsOfOthers) {
  TemporaryFolder folder;
  ObjectBytes object = compileKernel({}, "foreign_kernel", "x86-64-v3").object;
  auto written = writePackage(optionsIn(folder), {{"kernel.o", object, ""}});
  ASSERT_FALSE(static_cast<bool>(written));
  EXPECT_EQ(llvm::toString(written.takeError()), "symbol foreign_kernel in kernel.o does not begin with tiny_");
  object = compileKernel({}, "tiny_kernel", "x86-64-v3").object;
  written = writePackage(optionsIn(folder), {{"1.o", object, ""}, {"2.o", object, ""}});
  ASSERT_FALSE(static_cast<bool>(written));
  EXPECT_EQ(llvm::toString(written.takeError()), "symbol tiny_kernel in 2.o is there twice");
}

TEST(Package, RuntimeHasTheModelsName) {
  TemporaryFolder folder;
  auto written = writePackage(optionsIn(folder), {});
  ASSERT_TRUE(static_cast<bool>(written)) << llvm::toString(written.takeError());
  auto members = readArchiveFile(folder.path("libtiny.a"));
  ASSERT_TRUE(static_cast<bool>(members));
  std::set<std::string> defined;
  for (const ArchiveMember &member : *members) {
    EXPECT_EQ(member.name.find("tiny_runtime_"), 0u) << member.name;
    auto symbols = listSymbols(member.bytes);
    ASSERT_TRUE(static_cast<bool>(symbols));
    defined.insert(symbols->defined.begin(), symbols->defined.end());
    for (const std::string &symbol : symbols->undefined)
      EXPECT_EQ(symbol.find("SWINMODEL"), std::string::npos) << symbol;
  }
  for (const char *function : {"open", "workspace_size", "num_outputs", "output_shape", "run", "error", "info",
                               "selftest", "close", "rt_par_for", "rt_malloc", "rt_free"})
    EXPECT_TRUE(defined.contains(std::string("tiny_") + function)) << function;
}

TEST(Package, LinkErrorsSayWhatTheLinkerSays) {
  TemporaryFolder folder;
  PackageOptions options = optionsIn(folder);
  options.shared = true; // no driver: the runtime's references to the model are open
  auto written = writePackage(options, {});
  ASSERT_FALSE(static_cast<bool>(written));
  std::string error = llvm::toString(written.takeError());
  EXPECT_NE(error.find("tiny_model"), std::string::npos) << error;
  EXPECT_NE(error.find("exit status 1"), std::string::npos) << error;
}

TEST(Package, SaysWhichLinkerIsMissing) {
  TemporaryFolder folder;
  PackageOptions options = optionsIn(folder);
  options.shared = options.executable = true;
  EXPECT_EQ(llvm::toString(checkMeans(options)), "");
  std::string path = getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  std::string error = llvm::toString(checkMeans(options));
  options.shared = options.executable = false;
  std::string none = llvm::toString(checkMeans(options));
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(error, "--emit shared needs a C compiler to link with, but none of cc, gcc, clang is on PATH; --emit lib "
                   "needs none\n--emit exe needs a C++ compiler to link with, but none of c++, g++, clang++ is on "
                   "PATH; --emit lib needs none");
  EXPECT_EQ(none, "");
}

TEST(Package, SaysWhatIsMissingForOtherArchitectures) {
  TemporaryFolder folder;
  PackageOptions options = optionsIn(folder);
  options.architecture = &aarch64;
  options.shared = options.executable = true;
  options.files.runnerArchive = folder.path("none.a");
  std::string path = getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  std::string error = llvm::toString(checkMeans(options));
  options.files.runtimeArchive = folder.path("none.a");
  std::string nothing = llvm::toString(checkMeans(options));
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(error, "--emit shared needs a C compiler to link with, but aarch64-linux-gnu-gcc is not on PATH; install "
                   "gcc-aarch64-linux-gnu and g++-aarch64-linux-gnu; --emit lib needs none\n--emit exe needs a C++ "
                   "compiler to link with, but aarch64-linux-gnu-g++ is not on PATH; install gcc-aarch64-linux-gnu and "
                   "g++-aarch64-linux-gnu; --emit lib needs none\n--emit exe for aarch64 needs what this build of "
                   "swin-compile lacks: it was built without g++-aarch64-linux-gnu or without zlib for aarch64; run "
                   "scripts/setup, then build it again; --emit lib,shared needs neither");
  EXPECT_EQ(nothing, "this build of swin-compile makes no libraries for aarch64: it was built without a compiler for "
                     "them; install gcc-aarch64-linux-gnu and g++-aarch64-linux-gnu, then build it again");
}

TEST(Command, ReportsWhatWasPrinted) {
  TemporaryFolder folder;
  std::string shell = findProgram({"no-such-program", "sh"});
  ASSERT_NE(shell, "");
  EXPECT_EQ(llvm::toString(runCommand({shell, "-c", "exit 0"}, folder.path("log"))), "");
  EXPECT_EQ(llvm::toString(runCommand({shell, "-c", "echo out; echo err >&2; exit 7"}, folder.path("log"))),
            shell + " -c echo out; echo err >&2; exit 7: exit status 7\nout\nerr");
}

TEST(Header, TextsCarryTheName) {
  EXPECT_EQ(headerText("#define SWINMODEL_H int SWINMODEL_open(SWINMODEL_session *);", "tiny"),
            "#define tiny_H int tiny_open(tiny_session *);");
  std::string alone = pkgConfigText("tiny", "1.2.3", {true, false});
  EXPECT_NE(alone.find("Version: 1.2.3\n"), std::string::npos);
  EXPECT_NE(alone.find("Libs: -L${prefix} -ltiny -lm -pthread\n"), std::string::npos) << alone;
  std::string beside = pkgConfigText("tiny", "1.2.3", {true, true});
  EXPECT_NE(beside.find("-ltiny\nLibs.private: -lm -pthread\n"), std::string::npos) << beside;
  std::string both = cmakeConfigText("tiny", {true, true});
  EXPECT_NE(both.find("add_library(tiny::tiny STATIC IMPORTED)"), std::string::npos) << both;
  EXPECT_NE(both.find("add_library(tiny::shared SHARED IMPORTED)"), std::string::npos);
  std::string shared = cmakeConfigText("tiny", {false, true});
  EXPECT_NE(shared.find("add_library(tiny::tiny SHARED IMPORTED)"), std::string::npos) << shared;
  std::string version = cmakeVersionText("10.20.30");
  EXPECT_NE(version.find("set(PACKAGE_VERSION 10.20.30)"), std::string::npos);
  EXPECT_NE(version.find("PACKAGE_FIND_VERSION_MAJOR EQUAL 10\n"), std::string::npos) << version;
  EXPECT_NE(version.find("PACKAGE_FIND_VERSION_MINOR EQUAL 20)"), std::string::npos);
  EXPECT_EQ((both + shared + version + alone + beside).find('@'), std::string::npos);
}

TEST(Info, SaysWhatRunnersNeed) {
  ModelDescription model;
  model.name = "tiny";
  model.semantics = "hf";
  model.height = 6;
  model.width = 10;
  model.labels = {"cat", "a \"dog\""};
  model.preprocessing = {PictureSteps::Resize::ShorterSide, {7, 0}, "bicubic", {6, 10}, {0.5}, {0.25}};
  BuildFacts facts;
  facts.channels = 1;
  facts.imageShape = {-1, 1, -1, -1};
  facts.outputs = {{"logits", "NK", {1, 2}}, {"stage1", "NCHW", {1, 4, 3, 5}}};
  facts.macs = 123;
  facts.isas = {"x86-64-v3"};
  facts.schedules = {{"nearest", 1}, {"tuned", 2}};
  facts.weightsBytes = 64;
  facts.versions = {{"llvm", "22.1"}};
  facts.hashes = {{"weights", "ab"}};
  EXPECT_EQ(infoText(model, facts),
            R"({"model":"tiny","semantics":"hf","inputs":[{"name":"image","layout":"NCHW","shape":[null,1,null,null],)"
            R"("channels":1,"height":6,"width":10}],"outputs":[{"name":"logits","kind":"logits","layout":"NK",)"
            R"("shape":[1,2]},{"name":"stage1","kind":"map","layout":"NCHW","shape":[1,4,3,5]}],"macs":123,)"
            R"("isas":["x86-64-v3"],"schedules":{"tuned":2,"nearest":1,"default":0},"labels":["cat","a \"dog\""],)"
            R"("preprocessing":{"resize":"shorter_side","size":7,)"
            R"("interpolation":"bicubic","crop":[6,10],"mean":[0.5],"std":[0.25]},"weights_bytes":64,)"
            R"("versions":{"llvm":"22.1"},"hashes":{"weights":"ab"}})");
}

TEST(Info, KindsOfOutputs) {
  auto kindOf = [](const OutputShape &output) {
    BuildFacts facts;
    facts.outputs = {output};
    std::string text = infoText({}, facts);
    size_t at = text.find("\"kind\":\"") + 8;
    return text.substr(at, text.find('"', at) - at);
  };
  EXPECT_EQ(kindOf({"logits", "NK", {1, 3}}), "logits");
  EXPECT_EQ(kindOf({"logits", "NCHW", {1, 3, 8, 8}}), "segmentation");
  EXPECT_EQ(kindOf({"features", "NC", {1, 3}}), "features");
  EXPECT_EQ(kindOf({"image", "NCHW", {1, 3, 8, 8}}), "image");
  EXPECT_EQ(kindOf({"image_first", "NCHW", {1, 3, 8, 8}}), "image");
  EXPECT_EQ(kindOf({"aux", "NCHW", {1, 3, 8, 8}}), "image");
  EXPECT_EQ(kindOf({"stage1", "NCHW", {1, 3, 8, 8}}), "map");
}

TEST(Info, WhereTilesMayBegin) {
  BuildFacts facts;
  facts.multiple = {8, 4};
  facts.outputs = {{"image", "NCHW", {1, 3, 8, 8}}};
  EXPECT_NE(infoText({}, facts).find(R"("width":0,"multiple":[8,4]}])"), std::string::npos) << infoText({}, facts);
  facts.outputs = {{"logits", "NK", {1, 3}}};
  EXPECT_EQ(infoText({}, facts).find("multiple"), std::string::npos);
}

} // namespace
