//===- ReportKernel.cpp - what a report says of a kernel -------------------===//
#include "codegen/ReportKernel.h"

#include "codegen/KernelSignature.h"

#include <cmath>

namespace swin::codegen {

std::vector<CompileReport::FastProduct> fastProductsOf(const KernelGraph &kernel) {
  std::vector<CompileReport::FastProduct> products;
  for (const Node &node : kernel.nodes)
    if (hasSums(kernel, node)) {
      int64_t terms = 2 * kernel.values[node.operands[1]].dims[2];
      products.push_back({terms, std::ldexp(4.5 * static_cast<double>(terms) + 22, -24)});
    }
  return products;
}

CompileReport::Kernel reportKernel(const KernelGraph &kernel, const KernelWork &work) {
  CompileReport::Kernel report;
  report.name = kernel.name;
  report.kind = kindName(kernel.kind);
  for (const Node &node : kernel.nodes)
    report.ops.push_back(node.op);
  report.work = work;
  report.fastProducts = fastProductsOf(kernel);
  return report;
}

} // namespace swin::codegen
