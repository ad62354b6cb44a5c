//===- EquivalenceTest.cpp - every pass keeps what a model computes -------===//
// Random models, run by the interpreter before and after each pass. Grouping and
// planning move ops and values but compute the same numbers in the same order, so
// nothing may differ in a single bit; the interpreter gives slots their meaning, so
// that a plan which overwrites a value that is still read is an error. Folding rounds
// each folded constant once to f32, half a unit in the last place or 6e-8 of it;
// everything else is double, so what is left of the outputs' magnitude stays near
// that: 1e-6.
//===----------------------------------------------------------------------===//
#include "tests/passes/equivalence/RandomModel.h"
#include "tests/passes/equivalence/Staged.h"

#include <map>
#include <regex>
#include <tuple>

using namespace swin;
using namespace swin::test;

namespace {

constexpr double foldingBound = 1e-6;

/// A kind of models, and a seed.
using Source = std::tuple<RandomModel (*)(uint32_t), uint32_t>;

class Equivalence : public testing::TestWithParam<Source> {
protected:
  RandomModel model = std::get<0>(GetParam())(std::get<1>(GetParam()));
  std::vector<int64_t> image = {model.image.begin(), model.image.end()};

  /// What can be grouped: the model itself, or what folding makes of its expressions of constants.
  void prepare(Staged &staged) {
    if (model.hasExpressions)
      staged.pass("swin-fold-constants");
  }
  ref::NamedTensors wanted() { return Staged(model.text).run(image); }
  ref::NamedTensors wantedOfKernels() {
    Staged staged(model.text);
    prepare(staged);
    return staged.run(image);
  }
};

TEST_P(Equivalence, FormKernels) {
  Staged staged(model.text);
  prepare(staged);
  staged.pass("swin-form-kernels");
  EXPECT_GT(staged.count("swin.call"), 0);
  EXPECT_EQ(relativeDifference(wantedOfKernels(), staged.run(image)), 0) << model.what;
  std::string once = staged.text();
  staged.pass("swin-form-kernels");
  EXPECT_EQ(once, staged.text());
}

TEST_P(Equivalence, PlanMemory) {
  Staged staged(model.text);
  prepare(staged);
  staged.pass("swin-form-kernels");
  std::string before = staged.text();
  staged.pass("swin-plan-memory");
  EXPECT_NE(before, staged.text());
  EXPECT_EQ(relativeDifference(wantedOfKernels(), staged.run(image)), 0) << model.what;
  std::string once = staged.text();
  staged.pass("swin-plan-memory");
  EXPECT_EQ(once, staged.text());
}

TEST_P(Equivalence, FoldConstants) {
  Staged staged(model.text);
  ref::NamedTensors before = staged.run(image);
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run(image)), foldingBound) << model.what << "\n" << staged.text();
  std::string once = staged.text();
  std::vector<std::string> names = staged.store.names();
  staged.pass("swin-fold-constants");
  EXPECT_EQ(once, staged.text());
  EXPECT_EQ(names, staged.store.names());
}

TEST_P(Equivalence, Kernels) {
  Staged folded(model.text), staged(model.text);
  folded.pass("swin-fold-constants");
  staged.pass("swin-kernels");
  ref::NamedTensors found = staged.run(image);
  EXPECT_EQ(relativeDifference(folded.run(image), found), 0) << model.what;
  EXPECT_LE(relativeDifference(wanted(), found), foldingBound) << model.what;
}

INSTANTIATE_TEST_SUITE_P(Models, Equivalence, testing::Combine(testing::Values(randomModel), testing::Range(0u, 100u)));
INSTANTIATE_TEST_SUITE_P(Maps, Equivalence, testing::Combine(testing::Values(randomMaps), testing::Range(0u, 150u)));

/// The models above are of the kinds that the passes distinguish.
TEST(RandomModels, AreOfEachKind) {
  std::map<std::string, int> kinds;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    RandomModel model = randomModel(seed);
    auto count = [&](const std::string &part) {
      int found = 0;
      for (size_t at = model.text.find(part); at != std::string::npos; at = model.text.find(part, at + 1))
        ++found;
      return found;
    };
    bool fixed = model.what.starts_with("fixed");
    int padded = count("swin.pad"), cut = count("swin.window_partition"), shifted = count("swin.cyclic_shift");
    kinds["fixed sizes"] += fixed;
    kinds["dynamic sizes"] += !fixed;
    kinds["padded"] += padded > 0;
    kinds["not padded, fixed sizes"] += padded < cut && fixed;
    kinds["not padded, dynamic sizes"] += padded < cut && !fixed;
    kinds["shift before padding"] += shifted && model.what.find("shift first") != std::string::npos;
    kinds["cosine attention, squashed positions"] += count("swin.sigmoid") > 0;
    kinds["cosine attention, plain positions"] += count("swin.log_coords") > 0 && count("swin.sigmoid") == 0;
    kinds["tokens mixed"] += count("swin.token_mixing") > 0;
    kinds["tokens mixed, padding in front"] += count(" before ") > 0;
    kinds["position embedding"] += count("swin.add_position") > 0;
    kinds["norm of the sum"] += count(".norm3.weight") > 0;
    for (const char *function : {"gelu_tanh", "quick_gelu", "silu"})
      kinds[function] += count(std::string("swin.") + function + " ") > 0;
    kinds["relu"] += count("swin.relu") > count("swin.log_coords");
    kinds["shift by axis"] += count("] axis :") > 0;
    kinds["shift by map"] += count("] map :") > 0;
  }
  for (const auto &[kind, models] : kinds)
    EXPECT_GE(models, 3) << kind;
}

TEST(RandomMaps, HaveEachOp) {
  std::map<std::string, int> kinds;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    std::string text = randomMaps(seed).text;
    for (const char *part : {"depthwise_conv2d", "groups",       "stride [2",     "kernel [1, 1]", "batch_norm",
                             "affine",           "leaky_relu",   "swin.add ",     "concat",        "pixel_shuffle",
                             "nearest",          "bilinear",     "bicubic",       "crop",          "] before [",
                             "reflect_pad",      "cyclic_shift", "adaptive_pool", "layer_norm",    "channels_first"})
      kinds[part] += text.find(part) != std::string::npos;
    kinds["crop by a factor"] += std::regex_search(text, std::regex("crop %v\\d+ like %v\\d+ by"));
  }
  for (const auto &[kind, models] : kinds)
    EXPECT_GE(models, 3) << kind;
}

} // namespace
