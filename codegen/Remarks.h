//===- Remarks.h - what passes say of what they did ------------------------===//
#ifndef SWIN_CODEGEN_REMARKS_H
#define SWIN_CODEGEN_REMARKS_H

#include "codegen/Report.h"

#include "mlir/IR/MLIRContext.h"

#include <vector>

namespace swin::codegen {

/// While it lives, the remarks of all passes in `context` go into `remarks`, and nowhere else. Ops are called as in the
/// rest of a report, without their dialect.
class RemarkCollector {
public:
  RemarkCollector(mlir::MLIRContext &context, std::vector<CompileReport::Remark> &remarks);
  ~RemarkCollector();
  RemarkCollector(const RemarkCollector &) = delete;
  RemarkCollector &operator=(const RemarkCollector &) = delete;

private:
  mlir::MLIRContext &context;
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_REMARKS_H
