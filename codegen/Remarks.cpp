//===- Remarks.cpp - what passes say of what they did -----------------------===//
#include "codegen/Remarks.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include "mlir/IR/Remarks.h"

#include <memory>
#include <tuple>

using namespace mlir;

namespace swin::codegen {
namespace {

const char *kindOf(llvm::remarks::Type type) {
  switch (type) {
  case llvm::remarks::Type::Passed:
    return "passed";
  case llvm::remarks::Type::Missed:
    return "missed";
  case llvm::remarks::Type::Analysis:
    return "analysis";
  default:
    return "failed";
  }
}

std::string withoutDialect(std::string text) {
  std::string prefix = SwinDialect::getDialectNamespace().str() + ".";
  for (size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;)
    text.erase(at, prefix.size());
  return text;
}

class Streamer : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit Streamer(std::vector<CompileReport::Remark> &remarks) : remarks(remarks) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    CompileReport::Remark said;
    said.pass = remark.getCombinedCategoryName();
    said.kind = kindOf(remark.getRemarkType());
    said.layer = ref::layerOf(remark.getLocation());
    for (const remark::detail::Remark::Arg &part : remark.getArgs())
      (part.key == "Reason" ? said.reason : said.text) += withoutDialect(part.val);
    remarks.push_back(std::move(said));
  }

private:
  std::vector<CompileReport::Remark> &remarks;
};

} // namespace

RemarkCollector::RemarkCollector(MLIRContext &context, std::vector<CompileReport::Remark> &remarks) : context(context) {
  remark::RemarkCategories ours;
  ours.passed = ours.missed = ours.analysis = ours.failed = "swin-.*";
  auto streamer = std::make_unique<Streamer>(remarks);
  auto policy = std::make_unique<remark::RemarkEmittingPolicyAll>();
  std::ignore = remark::enableOptimizationRemarks(context, std::move(streamer), std::move(policy), ours); // never fails
}

RemarkCollector::~RemarkCollector() { context.setRemarkEngine(nullptr); }

} // namespace swin::codegen
