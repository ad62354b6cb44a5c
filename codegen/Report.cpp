//===- Report.cpp - what one run of the compiler did, as JSON -------------===//
#include "codegen/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <sys/resource.h>

namespace swin::codegen {
namespace {

double rounded(double milliseconds) { return std::round(milliseconds * 10) / 10; }

/// Highest resident memory of this process so far.
int64_t peakBytes() {
  rusage usage = {};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t(usage.ru_maxrss) * 1024 : 0;
}

class Writer {
public:
  Writer(llvm::json::OStream &json, const CompileReport &report) : json(json), report(report) {}

  void write() {
    raw("info", report.info);
    json.attributeObject("size", [&] {
      json.attribute("n", 1);
      json.attribute("h", report.height);
      json.attribute("w", report.width);
    });
    raw("model", report.model);
    json.attributeObject("graph", [&] { each("ops", report.graph, [&](auto &op) { writeOp(op); }); });
    each("calls", report.calls, [&](auto &call) { writeCall(call); });
    each("kernels", report.kernels, [&](auto &kernel) { writeKernel(kernel); });
    json.attributeObject("arena", [&] { writeArena(); });
    each("outputs", report.outputs, [&](auto &output) {
      json.attribute("name", output.name);
      json.attribute("call", output.call);
      list("shape", output.shape);
    });
    each("remarks", report.remarks, [&](auto &remark) { writeRemark(remark); });
    raw("profile", report.profile);
    json.attribute("weights_bytes", report.weightsBytes);
    json.attributeObject("files", [&] {
      for (const CompileReport::File &file : report.files)
        json.attribute(file.name, file.bytes);
    });
    json.attributeObject("ms", [&] {
      for (const auto &[stage, milliseconds] : report.milliseconds)
        json.attribute(stage, rounded(milliseconds));
    });
    json.attribute("peak_memory_bytes", peakBytes());
  }

private:
  /// JSON as it is; null for none.
  void raw(llvm::StringRef name, const std::string &text) {
    json.attributeBegin(name);
    json.rawValue(text.empty() ? "null" : llvm::StringRef(text).rtrim());
    json.attributeEnd();
  }
  /// Objects.
  template <typename T, typename F> void each(llvm::StringRef name, const std::vector<T> &values, F write) {
    json.attributeArray(name, [&] {
      for (const T &value : values)
        json.object([&] { write(value); });
    });
  }
  template <typename T> void list(llvm::StringRef name, const std::vector<T> &values) {
    json.attributeArray(name, [&] {
      for (const T &value : values)
        json.value(value);
    });
  }

  void writeOp(const CompileReport::GraphOp &op) {
    json.attribute("id", &op - report.graph.data());
    json.attribute("op", op.op);
    json.attribute("layer", op.layer);
    json.attribute("name", op.name);
    list("operands", op.operands);
    list("parameters", op.parameters);
    list("shape", op.shape);
    json.attribute("type", op.type);
    json.attribute("macs", op.macs);
    json.attribute("call", op.call);
    if (!op.why.empty())
      json.attribute("why", op.why);
  }

  void writeCall(const CompileReport::Call &call) {
    json.attribute("kernel", call.kernel);
    json.attribute("kind", call.kind);
    json.attribute("layer", call.layer);
    list("ops", call.ops);
    list("reads", call.reads);
    list("shape", call.work.result);
    json.attribute("macs", call.work.macs);
    json.attribute("bytes", call.work.bytes);
    json.attribute("weights_bytes", call.work.weightsBytes);
    json.attribute("slot", call.slot);
    json.attribute("output", call.output.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(call.output));
  }

  void writeKernel(const CompileReport::Kernel &kernel) {
    json.attribute("name", kernel.name);
    json.attribute("kind", kernel.kind);
    list("ops", kernel.ops);
    json.attribute("calls", kernel.work.calls);
    json.attribute("macs", kernel.work.macs);
    json.attribute("bytes", kernel.work.bytes);
    json.attribute("scratch_bytes", kernel.scratchBytes);
    if (!kernel.fastProducts.empty())
      each("fast_matmul", kernel.fastProducts, [&](auto &product) {
        json.attribute("terms", product.terms);
        json.attribute("bound", product.bound);
      });
    each("objects", kernel.objects, [&](auto &object) {
      json.attribute("isa", object.isa);
      json.attribute("schedule", object.schedule);
      json.attribute("schedule_from", object.scheduleFrom);
      json.attribute("bytes", object.bytes);
      json.attribute("ms", rounded(object.milliseconds));
      json.attribute("cached", object.cached);
    });
  }

  void writeArena() {
    json.attribute("bytes", report.arenaBytes);
    each("slots", report.slots, [&](auto &slot) {
      json.attribute("offset", slot.offset);
      json.attribute("bytes", slot.bytes);
    });
    each("values", report.lives, [&](auto &life) {
      json.attribute("call", life.call);
      json.attribute("slot", life.slot);
      json.attribute("bytes", life.bytes);
      json.attribute("from", life.from);
      json.attribute("to", life.to);
    });
  }

  void writeRemark(const CompileReport::Remark &remark) {
    json.attribute("pass", remark.pass);
    json.attribute("kind", remark.kind);
    json.attribute("layer", remark.layer);
    json.attribute("text", remark.text);
    json.attribute("reason", remark.reason);
  }

  llvm::json::OStream &json;
  const CompileReport &report;
};

} // namespace

std::string reportText(const CompileReport &report) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/2);
  json.object([&] { Writer(json, report).write(); });
  return text + "\n";
}

} // namespace swin::codegen
