//===- CompileTest.cpp - from a graph to files, around empty kernels ------===//
#include "codegen/Compile.h"
#include "tests/codegen/package/StubKernels.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/TinyModel.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

#include <csignal>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
/// What a crash leaves behind is never freed.
using LeaksAllowed = __lsan::ScopedDisabler;
#else
struct LeaksAllowed {
  LeaksAllowed() {}
};
#endif

using namespace swin;
using namespace swin::codegen;
using test::TemporaryFolder;
using Names = std::set<std::string>;

namespace {

CompileOptions tinyOptions(const std::string &directory) {
  CompileOptions options;
  options.model.name = "tiny";
  options.model.semantics = "timm";
  options.model.height = 6;
  options.model.width = 10;
  options.isas = {"x86-64-v4", "x86-64-v3"};
  options.directory = directory;
  std::string products = PRODUCT_DIR;
  options.files = {products + "/libswin_runtime.a", products + "/libswin_runner.a", products + "/NAME.h.in"};
  return options;
}

std::string text(const std::vector<std::string> &lines) {
  std::string all;
  for (const std::string &line : lines)
    all += line + "\n";
  return all;
}

struct Compile : testing::Test {
  TemporaryFolder folder;
  test::TinyModel model;
  CompileOptions options = tinyOptions(folder.path("out"));

  ~Compile() override { test::stubBehaviour = {}; }
  CompileResult run() { return compileModel(*model.module, model.store, options); }
};

TEST_F(Compile, WritesAPackage) {
  options.library = options.shared = options.executable = true;
  CompileResult result = run();
  ASSERT_EQ(result.status, CompileResult::Done) << text(result.errors);
  EXPECT_EQ(folder.contents(), (Names{"out", "out/libtiny.a", "out/libtiny.so", "out/tiny", "out/tiny.h", "out/tiny.pc",
                                      "out/tinyConfig.cmake", "out/tinyConfigVersion.cmake"}));
  EXPECT_TRUE(model.store.names().empty()) << "all weights were written and freed";
  EXPECT_EQ(result.report.kernels.size(), 4u);
  EXPECT_EQ(result.report.kernels[0].objects.size(), 2u);
  EXPECT_EQ(result.report.files.size(), 7u);
  auto report = llvm::json::parse(reportText(result.report));
  ASSERT_TRUE(static_cast<bool>(report)) << llvm::toString(report.takeError());
  EXPECT_EQ(report->getAsObject()->getObject("info")->getString("model"), "tiny");
  // NAME_info holds the same text.
  EXPECT_NE(folder.read("out/libtiny.so").find(result.report.info), std::string::npos);
}

TEST_F(Compile, WritesOnlyWhatIsAskedFor) {
  options.shared = true;
  ASSERT_EQ(run().status, CompileResult::Done);
  EXPECT_EQ(folder.contents(), (Names{"out", "out/libtiny.so", "out/tiny.h", "out/tiny.pc", "out/tinyConfig.cmake",
                                      "out/tinyConfigVersion.cmake"}));
  test::TinyModel again;
  options.shared = false;
  options.executable = true;
  options.directory = folder.path("exe");
  ASSERT_EQ(compileModel(*again.module, again.store, options).status, CompileResult::Done);
  EXPECT_TRUE(folder.contents().contains("exe/tiny"));
  EXPECT_FALSE(folder.contents().contains("exe/libtiny.a"));
}

TEST_F(Compile, WeightsBeside) {
  options.library = options.shared = options.executable = options.weightsFile = true;
  CompileResult result = run();
  ASSERT_EQ(result.status, CompileResult::Done) << text(result.errors);
  EXPECT_EQ(folder.contents(), (Names{"out", "out/libtiny.a", "out/libtiny.so", "out/tiny", "out/tiny.h", "out/tiny.pc",
                                      "out/tiny.weights", "out/tinyConfig.cmake", "out/tinyConfigVersion.cmake"}));
  EXPECT_EQ(result.report.files.back().name, "tiny.weights");
  EXPECT_EQ(result.report.files.back().bytes, 4096 + result.report.weightsBytes);
  auto info = llvm::json::parse(result.report.info);
  ASSERT_TRUE(static_cast<bool>(info)) << llvm::toString(info.takeError());
  const llvm::json::Object *file = info->getAsObject()->getObject("weights_file");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->getString("name"), "tiny.weights");
  EXPECT_EQ(file->getInteger("bytes"), 4096 + result.report.weightsBytes);
  std::string weights = folder.read("out/tiny.weights").substr(4096);
  for (const char *product : {"out/libtiny.a", "out/libtiny.so", "out/tiny"})
    EXPECT_EQ(folder.read(product).find(weights.substr(0, 256)), std::string::npos) << product;
  // The same weights inside are the same bytes.
  test::TinyModel again;
  options.weightsFile = false;
  options.directory = folder.path("second");
  ASSERT_EQ(compileModel(*again.module, again.store, options).status, CompileResult::Done);
  EXPECT_NE(folder.read("second/libtiny.so").find(weights), std::string::npos);
  EXPECT_FALSE(folder.contents().contains("second/tiny.weights"));
}

TEST_F(Compile, SameBytesWithAnyNumberOfThreads) {
  options.library = options.shared = options.executable = true;
  options.threads = 1;
  ASSERT_EQ(run().status, CompileResult::Done);
  test::TinyModel again;
  options.threads = 4;
  options.directory = folder.path("second");
  ASSERT_EQ(compileModel(*again.module, again.store, options).status, CompileResult::Done);
  for (const char *file :
       {"libtiny.a", "libtiny.so", "tiny", "tiny.h", "tiny.pc", "tinyConfig.cmake", "tinyConfigVersion.cmake"})
    EXPECT_TRUE(folder.read(std::string("out/") + file) == folder.read(std::string("second/") + file)) << file;
}

TEST_F(Compile, HandsOutStages) {
  options.stages = {Stage::Graph, Stage::Fused, Stage::Kernels, Stage::Driver, Stage::Llvm};
  std::vector<std::pair<Stage, std::string>> taken;
  options.take = [&](Stage stage, const std::string &stageText) {
    taken.emplace_back(stage, stageText);
    return llvm::Error::success();
  };
  std::vector<std::string> said;
  options.progress = [&](const std::string &what) { said.push_back(what); };
  options.threads = 1;
  ASSERT_EQ(run().status, CompileResult::Done);
  EXPECT_EQ(folder.contents(), Names()) << "no file was asked for";
  ASSERT_EQ(taken.size(), 5u);
  const char *has[] = {"swin.window_partition", "swin.kernel @", "slot = 0", "llvm.func @tiny_driver_run",
                       "define i32 @tiny_driver_run"};
  const char *hasNot[] = {"swin.kernel", "slot = ", "llvm.", "swin.kernel", "llvm.func"};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(taken[i].first, options.stages[i]);
    EXPECT_NE(taken[i].second.find(has[i]), std::string::npos) << stageName(taken[i].first);
    EXPECT_EQ(taken[i].second.find(hasNot[i]), std::string::npos) << stageName(taken[i].first) << "\n"
                                                                  << taken[i].second;
  }
  EXPECT_EQ(llvm::count(said, "self-test"), 1);
  llvm::erase_if(said, [](llvm::StringRef text) { return text.starts_with("self-test"); });
  ASSERT_EQ(said.size(), 11u);
  EXPECT_TRUE(llvm::StringRef(said[2]).starts_with("kernel 1 of 8: ")) << said[2];
  EXPECT_TRUE(llvm::StringRef(said[9]).starts_with("kernel 8 of 8: ")) << said[9];
}

TEST_F(Compile, StopsBehindTheLastStage) {
  options.stages = {Stage::Fused};
  int taken = 0;
  options.take = [&](Stage, const std::string &) {
    ++taken;
    return llvm::Error::success();
  };
  options.progress = [&](const std::string &what) { EXPECT_EQ(what, "passes"); };
  ASSERT_EQ(run().status, CompileResult::Done);
  EXPECT_EQ(taken, 1);
}

TEST_F(Compile, KernelErrorsAreBugsWithAReproducer) {
  options.library = true;
  test::stubBehaviour = {"mlp", "no schedule for this", false};
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Bug);
  EXPECT_EQ(text(result.errors), "kernel mlp_16 for x86-64-v4: no schedule for this\n"
                                 "kernel mlp_16 for x86-64-v3: no schedule for this\n");
  EXPECT_EQ(folder.contents(), Names());
  ASSERT_NE(result.reproducer, "");
  std::ifstream stream(result.reproducer);
  std::string reproducer{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(result.reproducer);
  EXPECT_TRUE(llvm::StringRef(reproducer).starts_with("// kernel mlp_16 for x86-64-v4: no schedule for this\n"));
  EXPECT_TRUE(mlir::parseSourceString<mlir::ModuleOp>(reproducer, &model.context));
  EXPECT_EQ(reproducer.find("windows"), std::string::npos) << "only the kernel that failed";
}

TEST_F(Compile, CrashesOfKernelsAreBugs) {
  options.library = true;
  test::stubBehaviour = {"head", "", true};
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Bug);
  EXPECT_EQ(result.errors.size(), 2u);
  EXPECT_EQ(result.errors.at(0),
            "kernel head_10 for x86-64-v4: the kernel compiler crashed: signal 11 (Segmentation fault)");
  EXPECT_NE(result.trace.find("[0x"), std::string::npos) << "says where";
  EXPECT_EQ(folder.contents(), Names());
  std::filesystem::remove(result.reproducer);
}

TEST_F(Compile, CrashesAnywhereAreBugs) {
  LeaksAllowed leaks;
  options.library = true;
  options.stages = {Stage::Driver};
  options.take = [](Stage, const std::string &) {
    raise(SIGSEGV);
    return llvm::Error::success();
  };
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Bug);
  EXPECT_EQ(text(result.errors), "the compiler crashed (stage driver): signal 11 (Segmentation fault)\n");
  EXPECT_EQ(folder.contents(), Names());
  EXPECT_TRUE(std::filesystem::remove(result.reproducer));
}

TEST_F(Compile, OpsThatFitNoKernelAreSaidWithTheirLayers) {
  test::TinyModel lonely(test::lonelyWindows);
  ASSERT_TRUE(lonely.module);
  options.library = true;
  CompileResult result = compileModel(*lonely.module, lonely.store, options);
  EXPECT_EQ(result.status, CompileResult::Unfit);
  ASSERT_EQ(result.unfit.size(), 1u);
  EXPECT_EQ(result.unfit[0].first, "layers.0");
  EXPECT_NE(result.unfit[0].second.find("fits no kernel"), std::string::npos) << result.unfit[0].second;
  EXPECT_NE(text(result.errors).find("layers.0: "), std::string::npos) << text(result.errors);
  EXPECT_EQ(folder.contents(), Names());
  ASSERT_NE(result.reproducer, "");
  std::ifstream stream(result.reproducer);
  std::string reproducer{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(result.reproducer);
  EXPECT_NE(reproducer.find("swin.window_partition"), std::string::npos);
  EXPECT_NE(reproducer.find("swin-form-kernels"), std::string::npos) << "says which passes";
}

TEST_F(Compile, MissingConstantsLeaveNothing) {
  options.library = true;
  model.store.erase("fc1.bias");
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Bug);
  EXPECT_NE(text(result.errors).find("fc1.bias"), std::string::npos) << text(result.errors);
  EXPECT_EQ(folder.contents(), Names());
  std::filesystem::remove(result.reproducer);
}

TEST_F(Compile, CancellingLeavesNothing) {
  options.library = true;
  options.threads = 1;
  std::atomic<bool> cancelled = false;
  options.cancelled = &cancelled;
  options.progress = [&](const std::string &what) { cancelled = llvm::StringRef(what).starts_with("kernel 3"); };
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Cancelled);
  EXPECT_EQ(text(result.errors), "");
  EXPECT_EQ(folder.contents(), Names());
}

TEST_F(Compile, WhoTakesAStageCanFail) {
  options.library = true;
  options.stages = {Stage::Fused, Stage::Llvm};
  options.take = [](Stage stage, const std::string &) {
    return stage == Stage::Llvm ? llvm::createStringError("no room") : llvm::Error::success();
  };
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Failed);
  EXPECT_EQ(text(result.errors), "no room\n");
  EXPECT_EQ(folder.contents(), Names());
}

TEST_F(Compile, FilesOfTheSystemCanFail) {
  options.library = true;
  options.files.headerTemplate = folder.path("missing.h");
  CompileResult result = run();
  EXPECT_EQ(result.status, CompileResult::Failed);
  EXPECT_EQ(text(result.errors), "'" + folder.path("missing.h") + "': No such file or directory\n");
  EXPECT_EQ(folder.contents(), Names());
  test::TinyModel again;
  options.directory = "/proc/out";
  result = compileModel(*again.module, again.store, options);
  EXPECT_EQ(result.status, CompileResult::Failed);
  EXPECT_EQ(text(result.errors), "'/proc/out': No such file or directory\n");
}

} // namespace
