//===- ReportKernel.h - what a report says of a kernel ---------------------===//
#ifndef SWIN_CODEGEN_REPORTKERNEL_H
#define SWIN_CODEGEN_REPORTKERNEL_H

#include "codegen/KernelGraph.h"
#include "codegen/Report.h"

namespace swin::codegen {

/// Products by sums in a kernel.
std::vector<CompileReport::FastProduct> fastProductsOf(const KernelGraph &kernel);

/// A kernel that nothing is compiled of yet; `work` is that of its calls.
CompileReport::Kernel reportKernel(const KernelGraph &kernel, const KernelWork &work);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_REPORTKERNEL_H
