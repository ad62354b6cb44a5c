//===- Compile.h - from a graph to files ----------------------------------===//
// All stages behind the model's description: passes, kernels, weights, driver, package.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_COMPILE_H
#define SWIN_CODEGEN_COMPILE_H

#include "codegen/Info.h"
#include "codegen/KernelGraph.h"
#include "codegen/Package.h"
#include "codegen/Report.h"
#include "passes/reference/ConstantStore.h"

#include "mlir/IR/BuiltinOps.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace swin::codegen {

/// What can be looked at on the way, in this order.
enum class Stage { Graph, Fused, Kernels, Driver, Llvm };
const char *stageName(Stage stage); ///< "graph" ...

/// A schedule for a kernel, and where it comes from.
struct ChosenSchedule {
  std::string schedule; ///< text of its ScheduleSpace; "" = by the default rule
  std::string source;   ///< "" = the default rule, "tuned", or "nearest NAME": tuned for a kernel of other sizes
  std::string note;     ///< why it is not another that was there, a sentence; "" = there was none
};
using ScheduleSource = std::function<ChosenSchedule(const KernelGraph &graph, const std::string &isa)>;

struct CompileOptions {
  ModelDescription model;        ///< its name begins every symbol
  std::vector<std::string> isas; ///< at least one, best first, from knownIsas, all of one architecture
  std::string directory;         ///< where files go; not touched if no file is wanted
  bool library = false;
  bool shared = false;
  bool executable = false;
  bool weightsFile = false; ///< weights in NAME.weights, not in the library
  ProductFiles files;
  unsigned threads = 0;     ///< 0 = one per core
  std::string cache;        ///< folder of compiled kernels, see KernelCache.h; "" = none
  ScheduleSource schedules; ///< asked for each kernel and instruction set; null = the default rule for all
  std::string compiler;     ///< SHA-256 of the compiler's sources, for the info; "" = not known
  std::string sanitizer;    ///< "thread" or "address", whose runtime the library's users bring; "" = none
  bool fastMatmul = false;  ///< products of seven smaller ones where they are faster (swin-fold-constants)

  /// Stages to hand out, with locations of layers or without; `take` gets the text. Its
  /// error ends the run.
  std::vector<Stage> stages;
  bool locations = false;
  std::function<llvm::Error(Stage stage, const std::string &text)> take;
  /// Gets what is known when memory is planned, to add to it. Its error ends the run.
  std::function<llvm::Error(CompileReport &report)> planned;
  /// Gets the canonical object of each kernel.
  std::function<llvm::Error(const std::string &symbol, const ObjectBytes &object)> takeKernel;
  /// What is being done now, e.g. "kernel 3 of 22: mlp_96 (x86-64-v3)".
  std::function<void(const std::string &text)> progress;
  const std::atomic<bool> *cancelled = nullptr;

  /// For tests, which plant bugs here: what a library's self-test compares with is known by then.
  struct Change {
    std::function<void(mlir::ModuleOp)> kernels;     ///< before weights are written
    std::function<void(KernelGraph &kernel)> kernel; ///< before it is compiled, with other ops or attributes
  };
  Change change;
};

struct CompileResult {
  enum Status {
    Done,
    Failed, ///< the machine: files, space, missing programs
    Unfit,  ///< ops of the graph that no kernel can compute: a bug of whoever made it
    Bug,    ///< ours
    Cancelled,
  };
  Status status = Done;
  std::vector<std::string> errors;
  /// If status is Unfit: the layer of an op, and a sentence.
  std::vector<std::pair<std::string, std::string>> unfit;
  std::string reproducer; ///< file for a bug report, if status is Bug or Unfit and one could be written
  std::string trace;      ///< where the compiler crashed, if it did: a line of each frame
  CompileReport report;
};

/// Compiles `graph` (see the dialect; function @forward), which becomes something else
/// on the way. Constants leave `store` as they are written. The files of earlier runs in
/// the folder are replaced if all goes well; else nothing there changes. Without files
/// to write, it ends with the last of the stages.
CompileResult compileModel(mlir::ModuleOp graph, ref::ConstantStore &store, const CompileOptions &options);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_COMPILE_H
