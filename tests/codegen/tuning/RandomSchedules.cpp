//===- RandomSchedules.cpp - results of searches that did not happen ------===//
// swin-random-schedules SEED DATABASE MODEL [options of swin-compile]
// writes a result for each kernel and instruction set, as if a schedule that is drawn by chance from the legal ones
// were the best that this machine has found. Exit status: 0 done; 2 anything else.
//===----------------------------------------------------------------------===//
#include "codegen/KernelGraphBuilder.h"
#include "codegen/KernelSignature.h"
#include "codegen/ScheduleSpace.h"
#include "codegen/tuning/Database.h"
#include "passes/dialect/Swin.h"
#include "passes/transforms/Pipelines.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace swin;

namespace {

/// A legal schedule, or the default rule's where chance finds no other.
codegen::ScheduleNumbers drawn(const codegen::ScheduleSpace &space, std::mt19937 &random) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    codegen::ScheduleNumbers numbers;
    for (const codegen::ScheduleChoice &choice : space.choices)
      numbers.push_back(choice.values[random() % choice.values.size()]);
    auto legal = space.settle(numbers);
    if (legal && *legal != space.standard)
      return *legal;
  }
  return space.standard;
}

tuning::Result resultOf(const codegen::KernelGraph &graph, const std::string &isa, const std::string &cpu,
                        std::mt19937 &random, int64_t number) {
  codegen::ScheduleSpace space = codegen::scheduleSpace(graph, isa);
  codegen::KernelSignature signature = codegen::signatureOf(graph);
  tuning::Result result;
  result.setting = {signature.hash, isa, cpu == "host" ? tuning::cpuName() : cpu, tuning::compilerVersion(),
                    space.templateName};
  result.kernel = graph.name;
  result.structure = signature.structure;
  result.extents = signature.extents;
  result.sizes = "1 x 1x1x1";
  result.macs = 1;
  codegen::ScheduleNumbers numbers = drawn(space, random);
  result.schedule = codegen::scheduleText(space, numbers);
  result.times = {1, 1, 2, 2, 0, 2, 1};
  result.peak = 1;
  result.confirmed = true;
  result.run = "by chance";
  result.strategy = "random";
  result.number = number;
  return result;
}

llvm::Error write(int seed, const std::string &path, const std::string &cpu, mlir::ModuleOp module,
                  const std::vector<std::string> &isas) {
  auto database = tuning::Database::open(path, tuning::Database::Access::Write);
  if (!database)
    return database.takeError();
  std::mt19937 random(seed);
  int64_t number = 0;
  for (KernelOp kernel : module.getOps<KernelOp>()) {
    auto graph = codegen::buildKernelGraph(kernel);
    if (!graph)
      return graph.takeError();
    for (const std::string &isa : isas)
      if (llvm::Error error = database->append(resultOf(*graph, isa, cpu, random, ++number)))
        return error;
  }
  return llvm::Error::success();
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 4), argv + argc), errors;
  tools::Options options = tools::parseOptions(arguments, errors);
  mlir::MLIRContext context;
  tools::Model model;
  if (errors.empty()) {
    std::vector<dsl::Diagnostic> wrong;
    tools::loadModel(options, context, model, wrong);
    errors = dsl::headlines(wrong);
  }
  if (errors.empty()) {
    mlir::PassManager manager(&context);
    passes::KernelsOptions kernels;
    kernels.fastMatmul = options.fastMatmul;
    kernels.height = model.description.height;
    kernels.width = model.description.width;
    passes::buildKernelsPipeline(manager, kernels, &model.constants);
    if (failed(manager.run(*model.graph)))
      errors.push_back("error: the passes failed");
    else if (llvm::Error error = write(std::atoi(argv[1]), argv[2], argv[3], *model.graph, options.targets))
      errors.push_back(llvm::toString(std::move(error)));
  }
  for (const std::string &error : errors)
    llvm::errs() << error << '\n';
  return errors.empty() ? 0 : 2;
}
