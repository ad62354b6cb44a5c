//===- Rules.cpp - the tables of sources and families ---------------------===//
#include "dsl/Rules.h"

#include <algorithm>

namespace swin::dsl {

Rules rulesOf(Semantics semantics, Family family) {
  // clang-format off
  static constexpr Rules table[] = {
      //              padsImage roundsMapsUp rollsFirst needsWindows needsOneWindow isBackbone normsMaps channelsFirst
      /*Timm*/        {false,   true,        true,      false,       false,         false,     false,    false},
      /*Torchvision*/ {false,   true,        false,     false,       false,         false,     false,    false},
      /*Hf*/          {true,    true,        false,     false,       true,          false,     false,    false},
      /*HfBackbone*/  {true,    true,        false,     false,       false,         true,      true,     true},
      /*Mm*/          {true,    true,        false,     false,       false,         true,      true,     true},
      /*Microsoft*/   {false,   false,       false,     true,        false,         false,     false,    false},
  };
  // clang-format on
  Rules rules = table[static_cast<int>(semantics)];
  if (family == Family::SwinV2) {
    rules.needsOneWindow = false; // its windows shrink
    rules.normsMaps = false;
  }
  if (family == Family::SwinV2Cr)
    rules.channelsFirst = true;
  return rules;
}

bool hasFamily(Semantics semantics, Family family) {
  switch (family) {
  case Family::Swin:
    return true;
  case Family::SwinV2:
    return semantics != Semantics::Mm;
  case Family::SwinV2Cr:
    return semantics == Semantics::Timm;
  case Family::SwinMlp:
    return semantics == Semantics::Microsoft;
  }
  __builtin_unreachable();
}

Semantics usualSemantics(Family family) {
  return hasFamily(Semantics::Timm, family) ? Semantics::Timm : Semantics::Microsoft;
}

Semantics usualSemantics(const Spec &spec) {
  if (spec.restoration)
    return Semantics::Microsoft;
  return spec.segmentation ? Semantics::HfBackbone : usualSemantics(spec.family);
}

std::string modelName(const Spec &spec) {
  if (spec.restoration)
    return spec.family == Family::SwinV2 ? "swin2sr" : "swinir";
  return familyName(spec.family);
}

const BlockForm &formOf(Family family) {
  using Mixing = BlockForm::Mixing;
  using Bias = BlockForm::Bias;
  // clang-format off
  static constexpr BlockForm table[] = {
      //           mixing                   bias               keyBias normsBehind reducesFirst finalNorm projects
      /*Swin*/     {Mixing::Attention,       Bias::Table,       true,   false,      false,       true,     false},
      /*SwinV2*/   {Mixing::CosineAttention, Bias::SquashedMlp, false,  true,       true,        true,     true},
      /*SwinV2Cr*/ {Mixing::CosineAttention, Bias::PlainMlp,    true,   true,       false,       false,    false},
      /*SwinMlp*/  {Mixing::Tokens,          Bias::None,        true,   false,      false,       true,     false},
  };
  // clang-format on
  return table[static_cast<int>(family)];
}

const PositionMlp &positionMlpOf(BlockForm::Bias bias) {
  static constexpr PositionMlp squashed = {".cpb_mlp.0", ".cpb_mlp.2", 512, false};
  static constexpr PositionMlp plain = {".meta_mlp.fc1", ".meta_mlp.fc2", 384, true};
  return bias == BlockForm::Bias::SquashedMlp ? squashed : plain;
}

std::array<double, 2> positionSteps(const Stage &stage, Size window) {
  std::array<double, 2> steps;
  for (int axis : {0, 1}) {
    // A window of one has but one relative position, 0, whatever the step.
    int64_t trained = stage.pretrainedWindow[axis] > 0 ? stage.pretrainedWindow[axis] : window[axis];
    steps[axis] = 8.0 / static_cast<double>(std::max<int64_t>(trained - 1, 1));
  }
  return steps;
}

std::vector<int64_t> logitScaleShape(const BlockForm &form, int64_t heads) {
  if (form.bias == BlockForm::Bias::SquashedMlp)
    return {heads, 1, 1};
  return {heads};
}

std::string stageNorm(Semantics semantics, size_t stage) {
  return semantics == Semantics::Mm ? "norm" + std::to_string(stage)
                                    : "hidden_states_norms.stage" + std::to_string(stage + 1);
}

bool hasExtraNorm(const Spec &spec, size_t stage, int64_t block) {
  if (spec.family != Family::SwinV2Cr)
    return false;
  if (spec.extraNormPeriod > 0 && (block + 1) % spec.extraNormPeriod == 0)
    return true;
  bool endsInNorm = spec.extraNormStage || stage + 1 == spec.stages.size();
  return endsInNorm && block + 1 == spec.stages[stage].depth;
}

} // namespace swin::dsl
