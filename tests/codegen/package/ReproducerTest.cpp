// The file for a report of a pass that fails repeats that.
#include "codegen/Compile.h"
#include "passes/dialect/Swin.h"
#include "passes/transforms/Pipelines.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/TinyModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

#include <fstream>

using namespace swin;

namespace {

TEST(Reproducer, RepeatsThePassThatFailed) {
  test::TinyModel lonely(test::lonelyWindows);
  ASSERT_TRUE(lonely.module);
  test::TemporaryFolder folder;
  codegen::CompileOptions options;
  options.model.name = "tiny";
  options.model.height = options.model.width = 8;
  options.isas = {"x86-64-v4"};
  options.directory = folder.path("out");
  options.stages = {codegen::Stage::Kernels};
  codegen::CompileResult result = codegen::compileModel(*lonely.module, lonely.store, options);
  ASSERT_EQ(result.unfit.size(), 1u);
  std::ifstream stream(result.reproducer);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  llvm::sys::fs::remove(result.reproducer);
  EXPECT_NE(text.find("swin-form-kernels"), std::string::npos);
  EXPECT_EQ(text.find("swin-fold-constants"), std::string::npos) << "only the pass that failed";

  // As swin-opt --run-reproducer does.
  passes::registerPasses(&lonely.store);
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::MLIRContext context;
  context.loadDialect<SwinDialect, mlir::func::FuncDialect>();
  std::vector<std::string> errors;
  mlir::ScopedDiagnosticHandler collect(&context, [&](mlir::Diagnostic &diagnostic) {
    errors.push_back(diagnostic.str());
    return mlir::success();
  });
  mlir::PassReproducerOptions how;
  mlir::ParserConfig config(&context);
  how.attachResourceParser(config);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, config);
  ASSERT_TRUE(module);
  mlir::PassManager manager(&context, module.get()->getName().getStringRef());
  ASSERT_TRUE(succeeded(how.apply(manager)));
  EXPECT_TRUE(failed(manager.run(*module)));
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0], result.unfit[0].second);
}

} // namespace
