//===- PresetsTest.cpp - the published models -----------------------------===//
#include "codegen/Work.h"
#include "dsl/GraphBuilder.h"
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"
#include "dsl/Weights.h"

#include "gtest/gtest.h"

#include <map>
#include <numeric>

using namespace swin;
using namespace swin::dsl;

namespace {

Spec presetOf(const std::string &name) {
  Diagnostics errors;
  Spec spec = specOfArch(name, nullptr, errors);
  EXPECT_EQ(errors.lines(), std::vector<std::string>{});
  return spec;
}

int64_t parameterCount(const Spec &spec, Semantics semantics) {
  int64_t sum = 0;
  for (const Parameter &parameter : parametersOf(spec, semantics))
    sum += std::accumulate(parameter.shape.begin(), parameter.shape.end(), int64_t(1), std::multiplies<>());
  return sum;
}

/// What is worked out at compile time does not count.
int64_t macsOf(const Spec &spec) {
  mlir::MLIRContext context;
  auto module = buildGraph(spec, usualSemantics(spec), context);
  if (!module)
    return -1;
  auto work = codegen::measureWork(*module, 1, spec.imageSize[0], spec.imageSize[1]);
  if (!work) {
    ADD_FAILURE() << llvm::toString(work.takeError());
    return -1;
  }
  return work->macs;
}

/// In units of 1e6, rounded.
int64_t megaMacs(const Spec &spec) { return (macsOf(spec) + 500000) / 1000000; }

struct Published {
  int64_t parameters; ///< less than 1e6: in units of 1e4, rounded
  int64_t megaMacs;   ///< 0: not known
};

const std::map<std::string, Published> published = {
    {"swin_t", {28288354, 4491}},
    {"swin_s", {49606258, 8741}},
    {"swin_b", {87768224, 15431}},
    {"swin_l", {196532476, 34476}},
    {"swin_b_384", {87903584, 47083}},
    {"swin_l_384", {196735516, 103919}},
    {"swin_s3_t", {2833, 4623}},
    {"swin_s3_s", {4974, 9405}},
    {"swin_s3_b", {7113, 13655}},
    {"swin_v2_t", {28347154, 5921}},
    {"swin_v2_s", {49728418, 11508}},
    {"swin_v2_b", {87918816, 20276}},
    {"swin_v2_t_w16", {28347154, 6601}},
    {"swin_v2_s_w16", {49728418, 12640}},
    {"swin_v2_b_w16", {87918816, 21786}},
    {"swin_v2_b_w12_192", {87918816, 11756}},
    {"swin_v2_b_w12to16_256", {87918816, 21786}},
    {"swin_v2_b_w12to24_384", {87918816, 54727}},
    {"swin_v2_l_w12_192", {196739932, 25957}},
    {"swin_v2_l_w12to16_256", {196739932, 47477}},
    {"swin_v2_l_w12to24_384", {196739932, 115385}},
    {"swinv2_cr_t_224", {2833, 4491}}, // as of swin_t: its position MLP costs nothing at run time
    {"swinv2_cr_s_224", {4970, 8741}},
    {"swinv2_cr_b_224", {8788, 15431}},
    {"swinv2_cr_l_224", {19668, 34476}},
};

TEST(Presets, HaveThePublishedSizes) {
  for (const auto &[name, expected] : published) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(architectureNamed(name, presets()));
    Spec spec = presetOf(name);
    int64_t count = parameterCount(spec, usualSemantics(spec));
    EXPECT_EQ(expected.parameters < 1000000 ? (count + 5000) / 10000 : count, expected.parameters);
    EXPECT_EQ(megaMacs(spec), expected.megaMacs);
  }
}

// 20, 21, 23 and 61 million parameters and 4.0, 4.0, 4.0 and 10.4 GMACs were published.
TEST(Presets, SwinMlps) {
  const std::map<std::string, std::pair<int64_t, int64_t>> mlps = {{"swin_mlp_tiny_c24_patch4_window8_256", {20, 40}},
                                                                   {"swin_mlp_tiny_c12_patch4_window8_256", {21, 40}},
                                                                   {"swin_mlp_tiny_c6_patch4_window8_256", {23, 40}},
                                                                   {"swin_mlp_base_patch4_window7_224", {61, 104}}};
  for (const auto &[name, expected] : mlps) {
    SCOPED_TRACE(name);
    Spec spec = presetOf(name);
    EXPECT_EQ((parameterCount(spec, Semantics::Microsoft) + 500000) / 1000000, expected.first);
    EXPECT_EQ((megaMacs(spec) + 50) / 100, expected.second);
  }
}

// As published with the auxiliary head of training, which reads the third map: 9 C 256 + 256 classes a token.
TEST(Presets, Segmentation) {
  const std::map<std::string, int64_t> published = {
      {"upernet_swin_t", 2378}, {"upernet_swin_s", 2615}, {"upernet_swin_b", 3068}, {"upernet_swin_l", 4212}};
  for (const auto &[name, expected] : published) {
    SCOPED_TRACE(name);
    Spec spec = presetOf(name);
    int64_t auxiliary = 32 * 32 * 256 * (9 * spec.channels(2) + 150) / 1000000;
    EXPECT_EQ((megaMacs(spec) + auxiliary + 50) / 100, expected);
  }
}

/// The units of published numbers.
int64_t rounded(int64_t count, int64_t unit) { return (count + unit / 2) / unit; }

// Of images of 64 x 64 (JPEG's of 63 x 63), SwinIR's and Swin2SR's of the same sizes. Published numbers count the
// position MLPs of Swin2SR.
TEST(Presets, Restoration) {
  struct Row {
    const char *name;
    Family family;
    int64_t parameters, unit, megaMacs, macsUnit;
  };
  constexpr Family v1 = Family::Swin, v2 = Family::SwinV2;
  const Row rows[] = {
      {"swinir_classical_x2", v1, 11752, 1000, 5106, 10},   {"swinir_classical_x3", v1, 11937, 1000, 5185, 10},
      {"swinir_classical_x4", v1, 11900, 1000, 5356, 10},   {"swinir_classical_x8", v1, 12048, 1000, 6356, 10},
      {"swinir_classical_x3", v2, 12276, 1000, 5281, 10},   {"swinir_classical_x8", v2, 12387, 1000, 6452, 10},
      {"swin2sr_classical_x2", v2, 12092, 1000, 5202, 10},  {"swin2sr_classical_x4", v2, 12239, 1000, 5452, 10},
      {"swinir_lightweight_x2", v1, 910152, 1, 4283, 1},    {"swinir_lightweight_x3", v1, 918267, 1, 4316, 1},
      {"swinir_lightweight_x4", v1, 929628, 1, 4362, 1},    {"swin2sr_lightweight_x2", v2, 1005348, 1, 4379, 1},
      {"swinir_lightweight_x3", v2, 1013463, 1, 4412, 1},   {"swinir_lightweight_x4", v2, 1024824, 1, 4458, 1},
      {"swinir_real_x2", v1, 11678631, 1, 5166, 10},        {"swinir_real_x4", v1, 11715559, 1, 5597, 10},
      {"swin2sr_real_x4", v2, 12054643, 1, 5693, 10},       {"swinir_real_large_x4", v1, 28013059, 1, 12562, 10},
      {"swinir_real_large_x4", v2, 28785859, 1, 12804, 10}, {"swinir_color_dn", v1, 11504163, 1, 5002, 10},
      {"swinir_gray_dn", v1, 11497681, 1, 4999, 10},        {"swinir_color_jpeg_car", v1, 11492067, 1, 4770, 10},
      {"swinir_jpeg_car", v1, 11485585, 1, 4767, 10},       {"swin2sr_color_jpeg_car", v2, 11843247, 1, 486, 100},
      {"swin2sr_jpeg_car", v2, 11836765, 1, 486, 100},      {"swin2sr_compressed_x4", v2, 12244598, 1, 5465, 10}};
  for (const Row &row : rows) {
    SCOPED_TRACE(std::string(row.name) + " " + familyName(row.family));
    Spec spec = presetOf(row.name);
    spec.family = row.family;
    int64_t side = spec.stages[0].window[0] == 7 ? 63 : 64;
    spec.imageSize = {side, side};
    EXPECT_EQ(rounded(parameterCount(spec, Semantics::Microsoft), row.unit), row.parameters);
    int64_t positions = 0;
    for (const Stage &stage : spec.stages)
      if (row.family == v2)
        positions += stage.depth * (2 * stage.window[0] - 1) * (2 * stage.window[1] - 1) * 512 * (2 + stage.heads);
    EXPECT_EQ(rounded(macsOf(spec) + positions, row.macsUnit * 1000000), row.megaMacs);
  }
}

TEST(Presets, AreConsistent) {
  Diagnostics errors;
  for (const auto &[name, preset] : presets()) {
    Spec spec = presetOf(name);
    EXPECT_EQ(spec.architecture, name);
    EXPECT_FALSE(spec.semantics); // that of the weights
    spec.semantics = usualSemantics(spec);
    checkSpec(spec, name, errors);
    ASSERT_TRUE(spec.preprocessing) << name;
    std::vector<double> mean = {0.485, 0.456, 0.406};
    if (spec.restoration)
      mean.assign(spec.imageChannels, 0);
    EXPECT_EQ(spec.preprocessing->mean, mean);
  }
  EXPECT_EQ(errors.lines(), std::vector<std::string>{});
  EXPECT_EQ(presets().size(), 61u);
  specOfArch("swin_xxl", nullptr, errors);
  EXPECT_EQ(errors.lines(),
            std::vector<std::string>{
                "--arch: error: there is no architecture \"swin_xxl\"; did you mean \"swin_l\"? known: " +
                namesOf(presets()) +
                ", timm's names of them, and the families swin swinv2 swinv2_cr swin_mlp swinir "
                "swin2sr"});
}

TEST(Presets, PicturesAreThoseOfTheEvaluation) {
  struct Row {
    const char *name;
    Preprocessing::Resize resize;
    int64_t size, crop;
  } rows[] = {{"swin_t", Preprocessing::Resize::ShorterSide, 256, 224},
              {"swin_b_384", Preprocessing::Resize::Exactly, 384, 0},
              {"swin_v2_t", Preprocessing::Resize::ShorterSide, 292, 256},
              {"swin_v2_b_w12_192", Preprocessing::Resize::ShorterSide, 219, 192},
              {"swin_v2_b_w12to24_384", Preprocessing::Resize::Exactly, 384, 0},
              {"swinv2_cr_t_224", Preprocessing::Resize::ShorterSide, 248, 224},
              {"swinv2_cr_t_384", Preprocessing::Resize::ShorterSide, 384, 384}};
  for (const Row &row : rows) {
    Preprocessing how = *presetOf(row.name).preprocessing;
    EXPECT_EQ(how.resize, row.resize) << row.name;
    EXPECT_EQ(how.size[0], row.size) << row.name;
    EXPECT_EQ(how.crop, (Size{row.crop, row.crop})) << row.name;
  }
}

// timm's registered names: what differs between them stands in the name or in its table.
TEST(Presets, OfTimm) {
  EXPECT_EQ(timmArchitectures().size(), 37u);
  auto named = [](const std::string &name) {
    const Architecture *found = architectureNamed(name, timmArchitectures());
    EXPECT_TRUE(found) << name;
    return found ? found->spec : Spec();
  };
  Spec wide = named("swinv2_large_window12to24_192to384");
  EXPECT_EQ(wide.family, Family::SwinV2);
  EXPECT_EQ(wide.imageSize, (Size{384, 384}));
  EXPECT_EQ(wide.stages[0].window, (Size{24, 24}));
  EXPECT_EQ(wide.stages[2].pretrainedWindow, (Size{12, 12}));
  EXPECT_EQ(wide.stages[3].pretrainedWindow, (Size{6, 6}));
  EXPECT_EQ(named("swinv2_tiny_window16_256").stages[0].pretrainedWindow, (Size{0, 0}));
  Spec cr = named("swinv2_cr_small_ns_256");
  EXPECT_TRUE(cr.extraNormStage);
  EXPECT_EQ(cr.stages[0].window, (Size{8, 8}));
  EXPECT_FALSE(named("swinv2_cr_small_224").extraNormStage);
  Spec huge = named("swinv2_cr_huge_384");
  EXPECT_EQ(huge.extraNormPeriod, 6);
  EXPECT_EQ(huge.stages[3].heads, 88);
  EXPECT_EQ(named("swinv2_cr_huge_224").stages[3].heads, 64);
  EXPECT_EQ(named("swin_s3_base_224").stages[2].depth, 30);
  for (const Architecture &each : timmArchitectures()) {
    Spec spec = each.spec;
    spec.semantics = Semantics::Timm;
    Diagnostics errors;
    checkSpec(spec, each.name, errors);
    // Its 2.6e9 parameters are more than a library can hold.
    EXPECT_EQ(errors.good(), !each.name.starts_with("swinv2_cr_giant")) << each.name;
  }
}

} // namespace
