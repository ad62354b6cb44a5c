//===- Report.cpp - figures about one run of the compiler -----------------===//
#include "codegen/Compile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <sys/resource.h>

using llvm::json::OStream;

namespace swin::codegen {
namespace {

double rounded(double milliseconds) { return std::round(milliseconds * 10) / 10; }

void writeKernel(OStream &json, const CompileReport::Kernel &kernel) {
  json.attribute("name", kernel.name);
  json.attribute("calls", kernel.work.calls);
  json.attribute("macs", kernel.work.macs);
  json.attribute("scratch_bytes", kernel.scratchBytes);
  if (!kernel.fastProducts.empty())
    json.attributeArray("fast_matmul", [&] {
      for (const CompileReport::FastProduct &product : kernel.fastProducts)
        json.object([&] {
          json.attribute("terms", product.terms);
          json.attribute("bound", product.bound);
        });
    });
  json.attributeArray("objects", [&] {
    for (const CompileReport::Object &object : kernel.objects)
      json.object([&] {
        json.attribute("isa", object.isa);
        json.attribute("schedule", object.schedule);
        json.attribute("schedule_from", object.scheduleFrom);
        json.attribute("bytes", object.bytes);
        json.attribute("ms", rounded(object.milliseconds));
        json.attribute("cached", object.cached);
      });
  });
}

/// Highest resident memory of this process so far.
int64_t peakBytes() {
  rusage usage = {};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? int64_t(usage.ru_maxrss) * 1024 : 0;
}

} // namespace

std::string reportText(const CompileReport &report) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream, /*IndentSize=*/2);
  json.object([&] {
    json.attributeBegin("info");
    json.rawValue(report.info.empty() ? "null" : report.info);
    json.attributeEnd();
    json.attributeArray("kernels", [&] {
      for (const CompileReport::Kernel &kernel : report.kernels)
        json.object([&] { writeKernel(json, kernel); });
    });
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
  });
  return text + "\n";
}

} // namespace swin::codegen
