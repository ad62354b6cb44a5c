//===- FittingSchedules.cpp - whether schedules are of this compiler ------===//
// swin-fitting-schedules FILE.jsonl ARCHITECTURE...
// says of each line which is not the schedule of a kernel of one of these models, that this compiler can use as it is,
// what is wrong with it. Exit status: 0 all are; 2 anything else.
//===----------------------------------------------------------------------===//
#include "codegen/KernelGraphBuilder.h"
#include "codegen/KernelSignature.h"
#include "codegen/tuning/Choices.h"
#include "codegen/tuning/Selection.h"
#include "passes/dialect/Swin.h"
#include "passes/transforms/Pipelines.h"
#include "tools/compile/Model.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

using namespace swin;

namespace {

using Lines = std::multimap<std::string, tuning::Result>; ///< by signature

/// Takes the lines about kernels of a model out of `lines`.
void check(const std::string &architecture, Lines &lines, std::vector<std::string> &errors) {
  tools::ModelOptions options;
  options.arch = architecture;
  options.weights = "synthetic";
  mlir::MLIRContext context;
  tools::Model model;
  std::vector<dsl::Diagnostic> wrong;
  tools::loadModel(options, context, model, wrong);
  if (!wrong.empty())
    return llvm::append_range(errors, dsl::headlines(wrong));
  mlir::PassManager manager(&context);
  passes::KernelsOptions kernels;
  kernels.height = model.description.height;
  kernels.width = model.description.width;
  passes::buildKernelsPipeline(manager, kernels, &model.constants);
  if (failed(manager.run(*model.graph)))
    return errors.push_back(architecture + ": the passes failed");
  for (KernelOp kernel : model.graph->getOps<KernelOp>()) {
    auto graph = codegen::buildKernelGraph(kernel);
    if (!graph)
      return errors.push_back(llvm::toString(graph.takeError()));
    auto [begin, end] = lines.equal_range(codegen::signatureOf(*graph).hash);
    for (auto line = begin; line != end; ++line) {
      auto chosen = tuning::scheduleSource({line->second})(*graph, line->second.setting.isa);
      if (!chosen.note.empty() || chosen.schedule != (line->second.standard ? "" : line->second.schedule))
        errors.push_back(graph->name + " (" + line->second.setting.isa +
                         "): " + (chosen.note.empty() ? "this is the default rule's schedule" : chosen.note));
    }
    lines.erase(begin, end);
  }
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> errors;
  auto file = llvm::MemoryBuffer::getFile(argc > 1 ? argv[1] : "");
  if (!file) {
    llvm::errs() << "expected a file of results\n";
    return 2;
  }
  Lines lines;
  for (tuning::Result &result : tuning::choicesOf((*file)->getBuffer(), argv[1], errors))
    lines.emplace(result.setting.signature, std::move(result));
  llvm::outs() << lines.size() << " lines\n";
  for (int i = 2; i < argc && !lines.empty(); ++i)
    check(argv[i], lines, errors);
  for (const auto &[signature, result] : lines)
    errors.push_back(result.kernel + " (" + result.setting.isa + "): no model has this kernel any more");
  for (const std::string &error : errors)
    llvm::errs() << error << '\n';
  return errors.empty() ? 0 : 2;
}
