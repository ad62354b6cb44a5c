//===- ProblemTest.cpp - the kernels of a model and the sizes of their calls ===//
#include "codegen/tuning/Problem.h"

#include "tests/codegen/tuning/Problems.h"
#include "tests/dsl/Models.h"
#include "tests/passes/transforms/Kernels.h"

#include "gtest/gtest.h"

#include <map>

namespace swin::tuning {
namespace {

const Problem *named(const std::vector<Problem> &problems, const std::string &name) {
  for (const Problem &problem : problems)
    if (problem.graph.name == name)
      return &problem;
  ADD_FAILURE() << "no kernel " << name;
  return nullptr;
}

struct Model {
  explicit Model(const dsl::Spec &spec, dsl::Semantics semantics = dsl::Semantics::Timm) : kernels(spec, semantics) {
    EXPECT_TRUE(kernels.good);
  }
  std::vector<Problem> at(int64_t batch, int64_t height, int64_t width) {
    auto problems = problemsOf(*kernels.module, batch, height, width);
    if (problems)
      return std::move(*problems);
    ADD_FAILURE() << llvm::toString(problems.takeError());
    return {};
  }
  test::Kernels kernels;
};

TEST(Problem, KernelsOfSwinT) {
  Model model(test::tiny({224, 224}));
  std::vector<Problem> problems = model.at(2, 224, 224);
  auto work = codegen::measureWork(*model.kernels.module, 2, 224, 224);
  ASSERT_TRUE(static_cast<bool>(work));
  ASSERT_EQ(problems.size(), work->kernels.size());
  int64_t macs = 0, before = problems[0].macs();
  for (const Problem &problem : problems) {
    EXPECT_EQ(problem.macs(), work->kernels[problem.graph.name].macs) << problem.graph.name;
    EXPECT_LE(problem.macs(), before) << "the most work first";
    EXPECT_FALSE(problem.small.empty()) << problem.graph.name;
    before = problem.macs();
    macs += before;
  }
  EXPECT_EQ(macs, work->macs);
  if (const Problem *mlp = named(problems, "mlp_384")) {
    ASSERT_EQ(mlp->calls.size(), 1u);
    EXPECT_EQ(mlp->calls[0].calls, 6);
    EXPECT_EQ(mlp->calls[0].result, (std::vector<int64_t>{2, 14, 14, 384}));
    EXPECT_EQ(mlp->sizes(), "6 x 2x14x14");
  }
  const Problem *embed = named(problems, "embed_96"), *head = named(problems, "head_1000");
  ASSERT_TRUE(embed && head);
  EXPECT_EQ(embed->sizes(), "1 x 2x224x224");
  EXPECT_EQ(head->calls[0].result, (std::vector<int64_t>{2, 1000}));
}

TEST(Problem, ShiftsAreTheDrivers) {
  Model model(test::tiny({224, 224}), dsl::Semantics::Torchvision);
  auto shifts = [&](int64_t height, int64_t width, const std::string &name) {
    std::vector<Problem> problems = model.at(1, height, width);
    const CallSize &call = named(problems, name)->calls[0];
    return std::array<int64_t, 2>{call.shiftHeight, call.shiftWidth};
  };
  EXPECT_EQ(shifts(224, 224, "windows_96_7x7_shift"), (std::array<int64_t, 2>{3, 3}));
  EXPECT_EQ(shifts(224, 224, "windows_96_7x7"), (std::array<int64_t, 2>{0, 0}));
  // The map of stage 3 is 7 x 14 tokens: a window covers it in height.
  EXPECT_EQ(shifts(112, 224, "windows_384_7x7_shift"), (std::array<int64_t, 2>{0, 3}));
}

TEST(Problem, AKernelAloneIsWhatItIsInTheModel) {
  Model model(test::golden({32, 32}));
  for (const Problem &problem : model.at(1, 20, 28)) {
    mlir::MLIRContext context;
    context.loadDialect<SwinDialect>();
    auto module = mlir::parseSourceString<mlir::ModuleOp>(problem.module, &context);
    ASSERT_TRUE(module) << problem.module;
    auto graph = codegen::buildKernelGraph(*module->getOps<KernelOp>().begin());
    ASSERT_TRUE(static_cast<bool>(graph));
    EXPECT_EQ(codegen::signatureOf(*graph).hash, problem.signature.hash);
    for (CallSize call : problem.calls) {
      std::vector<std::vector<int64_t>> shapes = argumentShapes(*graph, call);
      shapes.resize(static_cast<size_t>(graph->numActivations));
      auto work = codegen::measureCall(*module, shapes);
      ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
      call.calls = 1;
      EXPECT_EQ(callSize(*graph, *work), call) << problem.graph.name;
    }
    auto wrong = codegen::measureCall(*module, {{1, 2, 3, 5}});
    EXPECT_FALSE(static_cast<bool>(wrong)) << "channels of no argument";
    llvm::consumeError(wrong.takeError());
  }
}

TEST(Problem, EqualCallsAreCountedTogether) {
  Model model(test::restoration(dsl::Family::Swin, 2, dsl::Restoration::Upsampler::PixelShuffle));
  auto work = codegen::measureWork(*model.kernels.module, 1, 24, 16);
  ASSERT_TRUE(static_cast<bool>(work));
  std::map<std::string, int64_t> counts;
  for (const Problem &problem : model.at(1, 24, 16))
    for (const CallSize &call : problem.calls) {
      counts[problem.graph.name] += call.calls;
      bool hasOwn = problem.graph.kind == codegen::KernelKind::Conv || problem.graph.kind == codegen::KernelKind::Map;
      EXPECT_EQ(call.others.size(), hasOwn ? static_cast<size_t>(problem.graph.numActivations) - 1 : 0u);
      for (size_t a = 0; a < problem.calls.size(); ++a)
        for (size_t b = 0; b < a; ++b) {
          CallSize first = problem.calls[a];
          first.calls = problem.calls[b].calls;
          EXPECT_NE(first, problem.calls[b]) << problem.graph.name;
        }
    }
  for (const auto &[name, kernel] : work->kernels)
    EXPECT_EQ(counts[name], kernel.calls) << name;
}

TEST(Problem, RefusesWhatTheModelRefuses) {
  Model model(test::golden({32, 32}));
  auto problems = problemsOf(*model.kernels.module, 1, 2, 2);
  ASSERT_FALSE(static_cast<bool>(problems));
  std::string error = llvm::toString(problems.takeError());
  EXPECT_NE(error.find("2 x 2 pixels"), std::string::npos) << error;
}

} // namespace
} // namespace swin::tuning
