//===- ModelReport.h - what the compiler reports of a model, read ---------===//
// docs/Contract.md, `--report`, has the meaning of all fields.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_REPORT_MODELREPORT_H
#define SWIN_TOOLS_REPORT_MODELREPORT_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swin::tools {

struct ModelReport {
  using Shape = std::vector<int64_t>;

  struct Op {
    std::string op, layer, name;
    std::vector<int64_t> operands; ///< ids of ops before it, -1 = the image
    Shape shape;
    int64_t macs = 0;
    std::optional<size_t> call;
    std::string why;
  };
  struct Call {
    std::string kernel, kind, layer;
    std::vector<size_t> ops;
    std::vector<int64_t> reads; ///< calls before it, -1 = the image
    Shape shape;
    int64_t macs = 0, bytes = 0, weightsBytes = 0;
    std::string output; ///< "" = it writes to the arena
  };
  struct Object {
    std::string isa, schedule, scheduleFrom;
    int64_t bytes = 0;
    double milliseconds = 0;
    bool isCached = false;
  };
  struct Kernel {
    std::string name, kind;
    std::vector<std::string> ops;
    int64_t calls = 0, macs = 0, bytes = 0, scratchBytes = 0;
    std::vector<Object> objects;
  };
  struct Slot {
    int64_t offset = 0, bytes = 0;
  };
  struct Value {
    size_t call = 0, slot = 0, from = 0, to = 0;
    int64_t bytes = 0;
  };
  struct Output {
    std::string name;
    Shape shape;
  };
  struct Remark {
    std::string pass, kind, layer, text, reason;
  };
  /// One kernel or call of a run that was measured.
  struct Timed {
    std::string kernel;
    int64_t macs = 0, bytes = 0;
    double least = 0, share = 0; ///< milliseconds; part of the run
    std::optional<double> ofBound;
  };
  /// Of the input that is nearest to what is reported: of the same size if there is one.
  struct Profile {
    std::string isa;
    int64_t threads = 0, n = 0, height = 0, width = 0, macs = 0;
    size_t input = 0;                           ///< its index
    std::optional<double> peakGmacs, bandwidth; ///< 1e9 multiply-adds and 1e9 bytes in a second
    double least = 0, outside = 0;              ///< milliseconds
    std::vector<Timed> calls, kernels;

    /// Milliseconds below which no run of so much work is, or none if the machine's speed is not known.
    std::optional<double> bound(int64_t macs, int64_t bytes) const;
    /// Whether memory is what bounds it.
    bool isBoundByMemory(int64_t macs, int64_t bytes) const;
    /// The times of a kernel, or null.
    const Timed *find(const std::string &kernel) const;
  };

  std::string model, architecture, semantics;
  int64_t n = 0, height = 0, width = 0, channels = 0, macs = 0, weightsBytes = 0, peakMemory = 0;
  std::vector<std::string> isas;
  std::vector<int64_t> heads; ///< of each stage, if there is a description
  std::vector<Op> ops;
  std::vector<Call> calls;
  std::vector<Kernel> kernels;
  int64_t arenaBytes = 0;
  std::vector<Slot> slots;
  std::vector<Value> values;
  std::vector<Output> outputs;
  std::vector<Remark> remarks;
  std::optional<Profile> profile;
  std::vector<std::pair<std::string, int64_t>> files;
  std::vector<std::pair<std::string, double>> milliseconds;
  std::vector<std::pair<std::string, std::string>> versions, hashes;

  const Kernel *findKernel(const std::string &name) const;
  /// Index of the first call of a kernel, if it has one.
  std::optional<size_t> firstCall(const std::string &kernel) const;
};

/// Of the JSON of `--report`, as one line without "<", ">" and "&". Of something else: nothing, or what can be read:
/// indices beyond what they count are left out.
struct ReadReport {
  ModelReport report;
  std::string json;
};
std::optional<ReadReport> readModelReport(const std::string &json);

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MODELREPORT_H
