//===- ModelWorkTest.cpp - multiply-adds of the published models ----------===//
#include "codegen/Work.h"
#include "dsl/GraphBuilder.h"
#include "tests/dsl/Models.h"

#include "gtest/gtest.h"

using namespace swin;
using namespace swin::dsl;

namespace {

/// In units of 1e6, rounded.
int64_t megaMacs(const Spec &spec) {
  mlir::MLIRContext context;
  auto module = buildGraph(spec, Semantics::Timm, context);
  if (!module)
    return -1;
  auto work = codegen::measureWork(*module, 1, spec.imageSize[0], spec.imageSize[1]);
  if (!work) {
    ADD_FAILURE() << llvm::toString(work.takeError());
    return -1;
  }
  return (work->macs + 500000) / 1000000;
}

TEST(ModelWork, IsThatOfThePublishedModels) {
  const std::vector<int64_t> deep = {2, 2, 18, 2};
  const std::vector<int64_t> headsB = {4, 8, 16, 32}, headsL = {6, 12, 24, 48};
  EXPECT_EQ(megaMacs(test::tiny({224, 224})), 4491);
  EXPECT_EQ(megaMacs(test::model(96, deep, {3, 6, 12, 24}, {7, 7}, {224, 224})), 8741);
  EXPECT_EQ(megaMacs(test::model(128, deep, headsB, {7, 7}, {224, 224})), 15431);
  EXPECT_EQ(megaMacs(test::model(128, deep, headsB, {12, 12}, {384, 384})), 47083);
  EXPECT_EQ(megaMacs(test::model(192, deep, headsL, {7, 7}, {224, 224})), 34476);
  EXPECT_EQ(megaMacs(test::model(192, deep, headsL, {12, 12}, {384, 384})), 103919);
}

} // namespace
