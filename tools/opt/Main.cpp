//===- Main.cpp - a program that runs passes on swin modules ---------------===//
#include "tools/opt/Main.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"
#include "passes/transforms/Pipelines.h"
#include "tools/HashedConstants.h"
#include "tools/opt/EquivalenceCheck.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;

namespace swin::tools {
namespace {

struct CheckOptions {
  llvm::cl::list<std::string> check{
      "check-equivalence", llvm::cl::CommaSeparated, llvm::cl::ValueOptional,
      llvm::cl::desc(
          "Run @forward before and after each pass, or those of a list, on the same images, and stop with an "
          "error that names the pass which changes an output, and the first layer"),
      llvm::cl::value_desc("PASS,...")};
  llvm::cl::list<std::string> sizes{
      "input-size", llvm::cl::CommaSeparated,
      llvm::cl::desc("For --check-equivalence: images, height and width; default: small ones"),
      llvm::cl::value_desc("NxHxW,...")};
  llvm::cl::opt<double> tolerance{"tolerance", llvm::cl::init(1e-5),
                                  llvm::cl::desc("For --check-equivalence: as a part of an output's magnitude")};

  bool wanted() const { return check.getNumOccurrences() > 0; }

  /// False after an error.
  bool read(EquivalenceOptions &options) const {
    for (const std::string &name : check)
      if (!name.empty())
        options.passes.insert(StringRef(name).ltrim('-').str());
    for (const std::string &text : sizes) {
      std::array<int64_t, 3> size;
      StringRef rest = text;
      bool good = true;
      for (int64_t &number : size) {
        auto [first, behind] = rest.split('x');
        good = good && !first.getAsInteger(10, number) && number >= 1 && number <= 4096;
        rest = behind;
      }
      if (!good || !rest.empty()) {
        llvm::errs() << "swin-opt: error: --input-size '" << text << "': expected images x height x width, as in "
                     << "1x64x48, each from 1 to 4096\n";
        return false;
      }
      options.sizes.push_back(size);
    }
    options.tolerance = tolerance;
    return true;
  }
};

LogicalResult process(StringRef inputName, StringRef outputName, DialectRegistry &registry,
                      const MlirOptMainConfig &config, const EquivalenceResult &result) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> input = openInputFile(inputName, &error);
  std::unique_ptr<llvm::ToolOutputFile> output = input ? openOutputFile(outputName, &error) : nullptr;
  if (!output)
    return llvm::errs() << error << "\n", failure();
  // A module that computes something else is not printed.
  std::string text;
  llvm::raw_string_ostream stream(text);
  LogicalResult done = MlirOptMain(stream, std::move(input), registry, config);
  for (const std::string &note : result.notes)
    llvm::errs() << "swin-opt: note: " << note << "\n";
  if (failed(done) || result.differs)
    return failure();
  output->os() << text;
  output->keep();
  return success();
}

} // namespace

int optMain(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  ref::ConstantStore store;
  store.setFallback(hashedConstant);
  passes::registerPasses(&store);
  registerCanonicalizerPass();
  registerCSEPass();
  DialectRegistry registry;
  registry.insert<func::FuncDialect, arith::ArithDialect, cf::ControlFlowDialect, LLVM::LLVMDialect, SwinDialect>();
  CheckOptions check;
  auto [inputName, outputName] = registerAndParseCLIOptions(argc, argv, "Runs passes on swin modules\n", registry);
  if (!check.wanted())
    return asMainReturnCode(MlirOptMain(argc, argv, inputName, outputName, registry));
  EquivalenceOptions options;
  EquivalenceResult result;
  if (!check.read(options))
    return EXIT_FAILURE;
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  config.setPassPipelineSetupFn([&, given = config](PassManager &manager) {
    if (failed(given.setupPassPipeline(manager)))
      return failure();
    manager.addInstrumentation(checkEquivalence(store, options, result));
    return success();
  });
  return asMainReturnCode(process(inputName, outputName, registry, config, result));
}

} // namespace swin::tools
