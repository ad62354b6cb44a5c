//===- KernelNames.h - names in the order in which they are made ----------===//
#ifndef SWIN_CODEGEN_KERNELNAMES_H
#define SWIN_CODEGEN_KERNELNAMES_H

#include "Halide.h"

namespace swin::codegen {

/// Halide makes names unique with counters of the whole process ("product$9", "t9") and puts what a parallel loop
/// captures in the order of its names as texts, where "product$10" is less than "product$9": the bytes of an object
/// would depend on what else is compiled before and at the same time. From this call on the numbers of all names like
/// those of `rehearsal`, and of what Halide itself names, have as many digits as they will ever need, and the order of
/// names is that in which one kernel makes them. Thread-safe; quick unless a name is new.
void alignNames(const Halide::Func &rehearsal);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELNAMES_H
