// Descriptions with damaged bytes: a spec that later parts can rely on, or located errors; never anything else.
#include "tests/dsl/Mutator.h"
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

/// What a spec without errors promises: everything that follows from it can be worked out.
void use(const Spec &spec, Folder &folder) {
  for (Semantics semantics : {Semantics::Timm, Semantics::HfBackbone, Semantics::Microsoft}) {
    for (size_t stage = 0; stage < spec.stages.size(); ++stage)
      blockGeometry(spec, semantics, stage, 1);
    int64_t total = 0;
    for (const Parameter &parameter : parametersOf(spec, semantics)) {
      int64_t size = 1;
      for (int64_t extent : parameter.shape) {
        ASSERT_GT(extent, 0) << parameter.name;
        ASSERT_FALSE(__builtin_mul_overflow(size, extent, &size));
      }
      total += size;
    }
    ASSERT_LT(total, int64_t(1) << 32);
  }
  folder.write("again.json", specText(spec));
  ASSERT_EQ(errorsOf("again.json"), std::vector<std::string>{}) << specText(spec);
}

TEST(Descriptions, DamagedBytes) {
  Folder folder;
  Mutator mutator(7);
  const std::string presetText = R"({"format": "swin-model", "preset": "swin_t", "image": {"size": [224, 256]},
    "batch": 2, "mlp_ratio": 3.5, "layer_norm_epsilon": 1e-5, "semantics": "microsoft", "outputs": ["stage4"]})";
  const std::string familyText = R"({"format": "swin-model", "family": "swinv2", "image": {"size": 64}, "embedding": 24,
    "stages": [{"depth": 2, "heads": 3, "window": 8, "pretrained_window": [6, 12]}], "activation": "silu",
    "final_norm": false, "position_embedding": true, "always_partition": false, "extra_norm_period": 0,
    "extra_norm_stage": false, "semantics": "microsoft"})";
  std::vector<OtherDescription> forms(std::begin(otherDescriptions), std::end(otherDescriptions));
  forms.push_back({"own", ".json", ownText});
  forms.push_back({"preset", ".json", presetText});
  forms.push_back({"family", ".json", familyText});
  int wellFormed = 0;
  const size_t rounds = forms.size() * 300;
  for (size_t round = 0; round < rounds; ++round) {
    const OtherDescription &form = forms[round % forms.size()];
    std::string damaged = mutator.mutate(form.text), file = std::string("m") + form.extension;
    SCOPED_TRACE(damaged);
    folder.write(file, damaged);
    Diagnostics errors;
    Spec spec = readSpec(file, errors);
    for (const std::string &line : errors.lines()) {
      ASSERT_TRUE(line.starts_with(file + ":")) << line;
      ASSERT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos);
    }
    wellFormed += errors.good();
    if (errors.good())
      use(spec, folder);
    if (HasFatalFailure())
      return;
  }
  // The damage is neither always fatal nor never.
  EXPECT_GT(wellFormed, static_cast<int>(rounds / 40));
  EXPECT_LT(wellFormed, static_cast<int>(rounds / 2));
}

} // namespace
