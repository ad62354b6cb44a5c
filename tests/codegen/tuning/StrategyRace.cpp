//===- StrategyRace.cpp - strategies compared on recorded data ------------===//
// strategy-race TABLE...: what each strategy has lost against the best after some trials, the mean over 20 seeds.
// strategy-race --table KERNELS.mlir SYMBOL ISA PIXELS: a table (RecordedSpace.h) of a record (swin-tune --record) on
// standard input; KERNELS.mlir is what swin-compile --emit kernels prints. Of several results the last one counts.
//===----------------------------------------------------------------------===//
#include "codegen/tuning/Search.h"
#include "codegen/tuning/Strategy.h"
#include "passes/dialect/Swin.h"
#include "tests/codegen/tuning/RecordedSpace.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace swin;
using codegen::ScheduleNumbers;

namespace {

int complain(const llvm::Twine &text) {
  llvm::errs() << "strategy-race: " << text << '\n';
  return 1;
}

void printRow(const codegen::ScheduleSpace &space, const ScheduleNumbers &numbers, double ratio,
              const codegen::KernelExtent &extent) {
  for (int64_t number : numbers)
    llvm::outs() << number << ',';
  for (double feature : space.features(numbers, extent))
    llvm::outs() << llvm::format("%.4g,", feature);
  llvm::outs() << llvm::format("%.4f\n", ratio);
}

int makeTable(const std::string &kernels, const std::string &symbol, const std::string &isa, int64_t pixels) {
  mlir::MLIRContext context;
  context.loadDialect<SwinDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(kernels, &context);
  if (!module)
    return 1;
  auto problems = tuning::problemsOf(*module, 1, pixels, pixels);
  if (!problems)
    return complain(llvm::toString(problems.takeError()));
  auto problem = llvm::find_if(*problems, [&](const tuning::Problem &one) { return one.graph.name == symbol; });
  if (problem == problems->end())
    return complain("there is no kernel " + symbol);
  codegen::ScheduleSpace space = codegen::scheduleSpace(problem->graph, isa);
  auto input = llvm::MemoryBuffer::getSTDIN();
  if (!space.error.empty() || !input)
    return complain(space.error);
  std::map<ScheduleNumbers, double> ratios;
  for (llvm::StringRef rest = (*input)->getBuffer(); !rest.empty();) {
    auto [line, behind] = rest.split('\n');
    rest = behind;
    auto result = tuning::resultOf(line);
    if (!result)
      return complain(llvm::toString(result.takeError()));
    if (result->setting.signature != problem->signature.hash || result->setting.isa != isa)
      continue;
    bool works = result->outcome == tuning::Outcome::Measured || result->outcome == tuning::Outcome::Stopped;
    if (auto numbers = codegen::scheduleNumbers(space, result->schedule))
      ratios[*numbers] = works ? result->times.ratio : 0;
  }
  for (const codegen::ScheduleChoice &choice : space.choices)
    llvm::outs() << choice.name << ',';
  for (const std::string &name : space.featureNames)
    llvm::outs() << "feature:" << name << ',';
  llvm::outs() << "ratio\n";
  codegen::KernelExtent extent = tuning::extentOf(*problem);
  printRow(space, space.standard, 1, extent);
  ratios.erase(space.standard);
  for (const auto &[numbers, ratio] : ratios)
    printRow(space, numbers, ratio, extent);
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 5 && arguments[0] == "--table")
    return makeTable(arguments[1], arguments[2], arguments[3], std::atoll(arguments[4].c_str()));
  for (const std::string &path : arguments) {
    tuning::RecordedSpace recorded = tuning::readRecordedSpace(path);
    if (!recorded.error.empty())
      return complain(recorded.error);
    llvm::outs() << llvm::formatv("{0}: {1} schedules, the best {2:f3} x the default\n", path, recorded.ratios.size(),
                                  recorded.best());
    for (const std::string &name : tuning::strategyNames()) {
      std::vector<double> regret = tuning::meanRegret(recorded, name, 100, 20);
      llvm::outs() << llvm::formatv("  {0,-14}", name);
      for (size_t trials : {10, 20, 50, 100})
        llvm::outs() << llvm::formatv("{0,4}: {1:f2} %  ", trials, regret[trials - 1] * 100);
      llvm::outs() << '\n';
    }
  }
  return 0;
}
