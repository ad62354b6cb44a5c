//===- PlantedBugs.cpp - libraries that have a bug -------------------------===//
// swin-planted-bug BUG MODEL [options of swin-compile]
// compiles a model to a shared library as swin-compile does, but plants a bug behind what its self-test expects: in one
// kernel, or in how kernels are called. Tools have to find it (test_planted_bugs.py).
// Exit status: 0 done; 1 wrong command line; 2 anything else.
//===----------------------------------------------------------------------===//
#include "codegen/Compile.h"
#include "codegen/KernelCache.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"
#include "tools/compile/Products.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace swin;
using codegen::KernelGraph;
using codegen::Node;

namespace {

//===----------------------------------------------------------------------===//
// In a kernel
//===----------------------------------------------------------------------===//

/// Changes the ops of that name in a kernel of that name.
struct InKernel {
  const char *bug, *kernel, *op;
  void (*change)(Node &node);
};

const InKernel inKernels[] = {
    {"mask-edge", "windows_64_4x4_shift", "window_attention", [](Node &node) { node.ints.at("shift") = {0, 0}; }},
    {"shift-sign", "windows_32_4x4_shift", "cyclic_shift",
     [](Node &node) {
       for (int64_t &by : node.ints.at("offsets"))
         by = -by;
     }},
    {"epsilon", "mlp_64", "layer_norm", [](Node &node) { node.floats.at("epsilon") = 1e-2; }},
    {"scale", "windows_64_4x4", "window_attention", [](Node &node) { node.floats.at("scale") = 0.5; }},
    {"activation", "mlp_32", "gelu", [](Node &node) { node.op = "quick_gelu"; }},
};

//===----------------------------------------------------------------------===//
// In calls
//===----------------------------------------------------------------------===//

class Calls {
public:
  explicit Calls(mlir::ModuleOp module) {
    for (auto call : module.lookupSymbol<mlir::func::FuncOp>("forward").getOps<CallOp>())
      calls.push_back(call);
  }
  /// That of a layer; null if there is none.
  CallOp of(llvm::StringRef layer) const {
    auto found = llvm::find_if(calls, [&](CallOp call) { return ref::layerOf(call) == layer; });
    return found == calls.end() ? CallOp() : *found;
  }
  llvm::ArrayRef<CallOp> all() const { return calls; }

private:
  llvm::SmallVector<CallOp> calls;
};

/// The operand that is that parameter, or was made of it; -1 if there is none.
int parameterOf(CallOp call, llvm::StringRef name) {
  for (auto [number, operand] : llvm::enumerate(call.getOperands()))
    if (auto param = operand.getDefiningOp<ParamOp>(); param && param.getName().starts_with(name))
      return static_cast<int>(number);
  return -1;
}

/// Gives a call what another one has as its parameter `name`, behind the names of their blocks.
bool exchange(const Calls &calls, const std::string &block, const std::string &other, const std::string &half,
              const std::string &name) {
  CallOp call = calls.of(block + half), from = calls.of(other + half);
  int to = call ? parameterOf(call, block + name) : -1, of = from ? parameterOf(from, other + name) : -1;
  if (to < 0 || of < 0)
    return false;
  // Parameters stand in front of the call that first needs them.
  from.getOperand(of).getDefiningOp()->moveBefore(&call->getBlock()->front());
  call.setOperand(to, from.getOperand(of));
  return true;
}

bool wrongConstant(const Calls &calls) {
  return exchange(calls, "layers.1.blocks.1", "layers.1.blocks.0", ".mlp", ".mlp.fc2.bias");
}

bool wrongTable(const Calls &calls) {
  return exchange(calls, "layers.0.blocks.1", "layers.0.blocks.0", ".attn", ".attn.relative_position_bias_table");
}

/// A call's result is read where the one before it lies.
bool staleValue(const Calls &calls) {
  CallOp call = calls.of("layers.1.blocks.1.attn"), before = calls.of("layers.1.blocks.0.attn");
  if (!call || !before)
    return false;
  call.setOperand(0, before.getResult());
  return true;
}

bool swappedNorm(const Calls &calls) {
  CallOp call = calls.of("head");
  int weight = call ? parameterOf(call, "norm.weight") : -1, bias = call ? parameterOf(call, "norm.bias") : -1;
  if (weight < 0 || bias < 0)
    return false;
  mlir::Value kept = call.getOperand(weight);
  call.setOperand(weight, call.getOperand(bias));
  call.setOperand(bias, kept);
  return true;
}

/// Two calls write to one slot, while the result of the first is still to be read.
bool sharedSlot(const Calls &calls) {
  for (CallOp call : calls.all()) {
    if (!call.getSlot())
      continue;
    CallOp last;
    for (mlir::Operation *user : call->getUsers())
      if (auto reader = mlir::dyn_cast<CallOp>(user); reader && (!last || last->isBeforeInBlock(reader)))
        last = reader;
    for (CallOp between : calls.all())
      if (last && call->isBeforeInBlock(between) && between->isBeforeInBlock(last) && between.getSlot() &&
          !llvm::is_contained(call->getUsers(), between.getOperation())) {
        between.setSlot(*call.getSlot());
        llvm::outs() << ref::layerOf(last) << '\n';
        return true;
      }
  }
  return false;
}

struct InCalls {
  const char *bug;
  bool (*change)(const Calls &calls);
};

const InCalls inCalls[] = {{"wrong-constant", wrongConstant},
                           {"wrong-table", wrongTable},
                           {"stale-value", staleValue},
                           {"swapped-norm", swappedNorm},
                           {"shared-slot", sharedSlot}};

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

/// False if there is no such bug. `planted` says in the end whether there was a place for it.
bool plant(const std::string &bug, codegen::CompileOptions::Change &change, bool &planted) {
  for (const InKernel &each : inKernels)
    if (bug == each.bug)
      change.kernel = [&each, &planted](KernelGraph &graph) {
        for (Node &node : graph.nodes)
          if (graph.name == each.kernel && node.op == each.op) {
            each.change(node);
            planted = true;
          }
      };
  for (const InCalls &each : inCalls)
    if (bug == each.bug)
      change.kernels = [&each, &planted](mlir::ModuleOp module) { planted = each.change(Calls(module)); };
  return change.kernel || change.kernels;
}

/// What went wrong, nothing if all is well.
std::vector<std::string> run(const tools::Options &options, const std::string &products,
                             codegen::CompileOptions::Change change, const bool &planted) {
  mlir::MLIRContext context;
  tools::Model model;
  std::vector<dsl::Diagnostic> wrong;
  tools::loadModel(options, context, model, wrong);
  std::vector<std::string> errors = dsl::headlines(wrong);
  if (!errors.empty())
    return errors;
  codegen::CompileOptions how;
  how.model = model.description;
  how.isas = options.targets;
  how.directory = options.out;
  how.shared = true;
  how.files = tools::productFiles(products, options.targets.front(), options.sanitizer);
  how.cache = codegen::cacheDirectory(options.cache);
  how.change = std::move(change);
  errors = codegen::compileModel(*model.graph, model.constants, how).errors;
  if (errors.empty() && !planted)
    errors.push_back("error: the model has no place for this bug");
  return errors;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + (argc > 0), argv + argc), errors;
  std::string bug = arguments.empty() ? "" : arguments.front();
  codegen::CompileOptions::Change change;
  bool planted = false;
  if (!plant(bug, change, planted))
    errors.push_back("'" + bug + "' is no bug that can be planted");
  tools::Options options = tools::parseOptions({arguments.begin() + !arguments.empty(), arguments.end()}, errors);
  for (const std::string &error : errors)
    llvm::errs() << "swin-planted-bug: error: " << error << '\n';
  if (!errors.empty())
    return 1;
  for (const std::string &error : errors = run(options, tools::productFolder(argv[0]), std::move(change), planted))
    llvm::errs() << error << '\n';
  return errors.empty() ? 0 : 2;
}
