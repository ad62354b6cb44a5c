//===- Report.h - what one run of the compiler did ------------------------===//
// For people who look at the compiler and at what it makes of their model; no part of what it makes. All counts are of
// one image of the model's own size.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_REPORT_H
#define SWIN_CODEGEN_REPORT_H

#include "codegen/Work.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swin::codegen {

struct CompileReport {
  /// An op of the graph, before all passes, whose result depends on the image.
  struct GraphOp {
    std::string op; ///< "layer_norm"
    std::string layer;
    std::string name;                    ///< of its result (passes/reference/Layers.h)
    std::vector<int64_t> operands;       ///< indices of ops, -1 = the image
    int64_t sizeOperand = -1;            ///< the one of `operands` of which it reads nothing but the size; -1 = none
    std::vector<std::string> parameters; ///< names of the constants that it reads
    std::vector<int64_t> shape;
    std::string type; ///< "?x?x?x96"
    int64_t macs = 0;
    std::optional<int64_t> call; ///< the first that computes it
    std::string why;             ///< if there is none: why not, a clause
  };
  /// A call of a kernel, in the order of a run.
  struct Call {
    std::string kernel, kind, layer;
    std::vector<int64_t> ops;   ///< indices of ops of the graph
    std::vector<int64_t> reads; ///< indices of calls, -1 = the image
    std::optional<int64_t> slot;
    std::string output; ///< the model's output that it writes; "" = it writes to `slot`
    CallWork work;
  };
  /// A part of the arena, for values that follow each other.
  struct Slot {
    int64_t offset = 0, bytes = 0;
  };
  /// The result of a call in its slot, from that call to the last one that reads it.
  struct Life {
    int64_t call = 0, slot = 0, bytes = 0, from = 0, to = 0;
  };
  struct Output {
    std::string name;
    int64_t call = 0;
    std::vector<int64_t> shape;
  };
  /// What a pass says of an op.
  struct Remark {
    std::string pass;
    std::string kind; ///< "passed": done; "missed": not done, for `reason`; "analysis"
    std::string layer, text, reason;
  };

  struct Object {
    std::string isa;
    int64_t bytes = 0;
    std::string schedule;     ///< its parameters, "block_rows=64 ..."
    std::string scheduleFrom; ///< ChosenSchedule::source, "default" for the default rule
    double milliseconds = 0;
    bool cached = false; ///< compiled by an earlier run
  };
  /// A product by sums (swin.pack_sums).
  struct FastProduct {
    int64_t terms = 0;
    /// Its error at most, as a part of `terms` times the largest input times the largest weight (docs/Numbers.md).
    double bound = 0;
  };
  struct Kernel {
    std::string name, kind;
    std::vector<std::string> ops; ///< in order
    KernelWork work;
    int64_t scratchBytes = 0;
    std::vector<FastProduct> fastProducts;
    std::vector<Object> objects;
  };
  struct File {
    std::string name;
    int64_t bytes = 0;
  };

  int64_t height = 0, width = 0; ///< of the one image
  std::string model;             ///< JSON of the description, all defaults filled in; "" = none
  std::string info;              ///< JSON, as in the library; "" = the run ended before
  std::string profile;           ///< JSON of swin-run --profile; "" = none
  std::vector<GraphOp> graph;
  std::vector<Call> calls;
  std::vector<Kernel> kernels;
  int64_t arenaBytes = 0;
  std::vector<Slot> slots;
  std::vector<Life> lives;
  std::vector<Output> outputs;
  std::vector<Remark> remarks;
  std::vector<std::pair<std::string, double>> milliseconds; ///< of each stage
  std::vector<File> files;
  int64_t weightsBytes = 0;
};

std::string reportText(const CompileReport &report); ///< JSON, see docs/Contract.md

} // namespace swin::codegen

#endif // SWIN_CODEGEN_REPORT_H
