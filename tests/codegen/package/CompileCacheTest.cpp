//===- CompileCacheTest.cpp - a second run compiles no kernels ------------===//
#include "codegen/Compile.h"
#include "codegen/KernelCache.h"
#include "tests/codegen/package/StubKernels.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/TinyModel.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace swin;
using namespace swin::codegen;

namespace {

/// The tiny model has 4 kernels; two instruction sets make 8.
struct CompileCache : testing::Test {
  test::TemporaryFolder folder;
  CompileOptions options;
  CompileResult result;
  std::vector<std::string> said;

  CompileCache() {
    std::string products = PRODUCT_DIR;
    options.files = {products + "/libswin_runtime.a", products + "/libswin_runner.a", products + "/NAME.h.in"};
    options.isas = {"x86-64-v4", "x86-64-v3"};
    options.model.height = options.model.width = 8;
    options.library = true;
    options.cache = folder.path("cache");
    options.progress = [this](const std::string &what) { said.push_back(what); };
  }
  ~CompileCache() override { test::stubBehaviour = {}; }

  /// Compiles into a folder; returns how many kernels were compiled.
  int run(const std::string &directory, const std::string &name = "tiny") {
    test::TinyModel model;
    options.model.name = name;
    options.directory = folder.path(directory);
    said.clear();
    int before = test::stubCompiled;
    result = compileModel(*model.module, model.store, options);
    EXPECT_EQ(result.status, CompileResult::Done) << (result.errors.empty() ? "" : result.errors[0]);
    return test::stubCompiled - before;
  }
  std::string library(const std::string &directory) const { return folder.read(directory + "/libtiny.a"); }
  std::vector<std::string> entries() const {
    std::vector<std::string> files;
    for (const std::string &file : folder.contents())
      if (llvm::StringRef(file).ends_with(".kernel"))
        files.push_back(file);
    return files;
  }
  int cached() const {
    int count = 0;
    for (const CompileReport::Kernel &kernel : result.report.kernels)
      count += llvm::count_if(kernel.objects, [](const CompileReport::Object &object) { return object.cached; });
    return count;
  }
};

TEST_F(CompileCache, SameBytesWithAndWithout) {
  options.cache = "";
  EXPECT_EQ(run("without"), 8);
  EXPECT_EQ(entries().size(), 0u);
  options.cache = folder.path("cache");
  EXPECT_EQ(run("cold"), 8);
  EXPECT_EQ(cached(), 0);
  EXPECT_EQ(run("warm"), 0);
  EXPECT_EQ(cached(), 8);
  EXPECT_TRUE(library("without") == library("cold"));
  EXPECT_TRUE(library("without") == library("warm"));
  EXPECT_EQ(llvm::count_if(
                said, [](llvm::StringRef text) { return text.starts_with("kernel ") && text.contains(" of 8: "); }),
            8);
  auto report = llvm::json::parse(reportText(result.report));
  ASSERT_TRUE(static_cast<bool>(report)) << llvm::toString(report.takeError());
  for (const llvm::json::Value &kernel : *report->getAsObject()->getArray("kernels"))
    for (const llvm::json::Value &object : *kernel.getAsObject()->getArray("objects")) {
      EXPECT_EQ(object.getAsObject()->getBoolean("cached"), true);
      EXPECT_EQ(object.getAsObject()->getString("schedule"), "rows=6");
    }
}

TEST_F(CompileCache, ModelsShareKernels) {
  run("first");
  EXPECT_EQ(run("second", "other"), 0);
  options.cache = "";
  EXPECT_EQ(run("third", "other"), 8);
  EXPECT_TRUE(folder.read("second/libother.a") == folder.read("third/libother.a"));
}

TEST_F(CompileCache, AnotherKernelCompilerFindsNothing) {
  run("first");
  test::stubBehaviour.fingerprint = "another build";
  EXPECT_EQ(run("second"), 8);
}

TEST_F(CompileCache, DamagedEntriesAreReplaced) {
  run("first");
  ASSERT_EQ(entries().size(), 8u);
  folder.write(entries()[0], "damaged");
  folder.write(entries()[1], "");
  EXPECT_EQ(run("second"), 2);
  EXPECT_EQ(run("third"), 0);
  EXPECT_TRUE(library("first") == library("third"));
}

// What is sound as a file but no kernel: of a compiler with a bug, say.
TEST_F(CompileCache, EntriesThatAreNoKernelsAreReplaced) {
  run("first");
  std::string key = std::filesystem::path(entries()[0]).stem();
  KernelCache(options.cache).store(key, {"", {1, 2, 3}, 0, ""});
  EXPECT_EQ(run("second"), 1);
  EXPECT_EQ(run("third"), 0);
  EXPECT_TRUE(library("first") == library("third"));
}

TEST_F(CompileCache, ErrorsAreNotKept) {
  test::stubBehaviour.match = "mlp";
  test::stubBehaviour.error = "no";
  test::TinyModel model;
  options.model.name = "tiny";
  options.directory = folder.path("out");
  result = compileModel(*model.module, model.store, options);
  std::filesystem::remove(result.reproducer);
  EXPECT_EQ(result.errors,
            (std::vector<std::string>{"kernel mlp_16 for x86-64-v4: no", "kernel mlp_16 for x86-64-v3: no"}));
  EXPECT_EQ(entries().size(), 6u);
}

TEST_F(CompileCache, SchedulesThatAreChosen) {
  run("default");
  options.schedules = [](const KernelGraph &graph, const std::string &isa) -> ChosenSchedule {
    if (!llvm::StringRef(graph.name).starts_with("mlp"))
      return {"", "", "its schedule is of another template"};
    return isa == "x86-64-v4" ? ChosenSchedule{"rows=5", "tuned", ""} : ChosenSchedule{"rows=7", "nearest mlp_3", ""};
  };
  EXPECT_EQ(run("first"), 2);
  EXPECT_EQ(run("second"), 0);
  EXPECT_TRUE(library("first") == library("second"));
  EXPECT_EQ(llvm::count(said, "mlp_16 (x86-64-v4): its schedule is of another template"), 0);
  EXPECT_EQ(llvm::count(said, "head_10 (x86-64-v4): its schedule is of another template"), 1);
  for (const CompileReport::Kernel &kernel : result.report.kernels) {
    bool mlp = kernel.name == "mlp_16";
    EXPECT_EQ(kernel.objects[0].schedule, mlp ? "rows=5" : "rows=6");
    EXPECT_EQ(kernel.objects[0].scheduleFrom, mlp ? "tuned" : "default");
    EXPECT_EQ(kernel.objects[1].scheduleFrom, mlp ? "nearest mlp_3" : "default");
  }
  EXPECT_NE(result.report.info.find(R"("schedules":{"tuned":1,"nearest":1,"default":6})"), std::string::npos);
  EXPECT_NE(reportText(result.report).find(R"("schedule_from": "nearest mlp_3")"), std::string::npos);
}

TEST_F(CompileCache, SchedulesThatDoNotCompile) {
  options.schedules = [](const KernelGraph &, const std::string &) -> ChosenSchedule {
    return {"rows=9", "tuned", ""};
  };
  test::stubBehaviour.refused = "rows=9";
  run("first");
  EXPECT_EQ(llvm::count(said, "mlp_16 (x86-64-v4): the default rule in place of 'rows=9': not legal"), 1);
  EXPECT_NE(result.report.info.find(R"("schedules":{"tuned":0,"nearest":0,"default":8})"), std::string::npos);
  options.schedules = nullptr;
  run("default");
  EXPECT_TRUE(library("first") == library("default"));
}

TEST_F(CompileCache, ThatCannotBeWrittenIsSaidOnce) {
  folder.write("file", "");
  options.cache = folder.path("file/cache");
  EXPECT_EQ(run("first"), 8);
  EXPECT_EQ(llvm::count(said, "kernels are not kept: '" + options.cache + "': Not a directory"), 1);
}

} // namespace
