//===- ConvTest.cpp - kernels of kind conv ---------------------------------===//
// Every instruction set of the machine against the interpreter in double: maps smaller
// than a kernel, than a tile and than a block, and some that fill no block.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCompiler.h"
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/MapText.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

using Value = MapText::Value;

/// f32 sums of some thousand terms, a part of them near 300.
constexpr double limitOfSums = 1e-5;

void check(const std::string &text, const std::vector<MapSize> &sizes) {
  checkKernel(text, "conv", sizes, limitOfSums);
}

std::string alone(int64_t channels, int64_t outputs, const MapText::Convolution &attributes) {
  MapText text("conv");
  return text.str(text.conv(text.map(channels), outputs, attributes));
}

TEST(Conv, ChannelsOfEveryWidth) {
  for (int64_t channels : {1, 3, 10, 16, 60})
    for (int64_t outputs : {1, 3, 16, 40, 60})
      check(alone(channels, outputs, {}), {{1, 1, 1}, {2, 5, 19}});
  check(alone(180, 180, {}), {{1, 70, 33}, {2, 3, 17}});
  check(alone(60, 60, {}), {{1, 33, 70}});
}

TEST(Conv, ManyChannelsAreSummedInChunks) {
  check(alone(512, 96, {}), {{1, 1, 1}, {2, 9, 21}});
  check(alone(528, 40, {}), {{1, 12, 10}});
}

TEST(Conv, KernelsStridesAndPaddings) {
  using Pair = MapText::Pair;
  struct Case {
    Pair kernel, stride, padding;
  };
  for (const Case &c : {Case{{1, 1}, {2, 2}, {0, 0}}, Case{{2, 2}, {1, 1}, {1, 0}}, Case{{4, 4}, {4, 4}, {0, 0}},
                        Case{{7, 7}, {1, 1}, {3, 3}}, Case{{3, 3}, {2, 2}, {1, 1}}, Case{{3, 5}, {1, 2}, {0, 4}}}) {
    for (bool bias : {true, false})
      check(alone(20, 36, {c.kernel, c.stride, c.padding, bias}), {{1, 7, 7}, {2, 23, 41}});
    check(alone(20, 20, {c.kernel, c.stride, c.padding, true, true}), {{1, 7, 7}, {2, 23, 41}});
  }
}

TEST(Conv, Depthwise) {
  for (int64_t channels : {1, 16, 60, 96})
    check(alone(channels, channels, {{3, 3}, {1, 1}, {1, 1}, true, true}), {{1, 1, 1}, {2, 11, 35}});
  check(alone(64, 64, {{7, 7}, {1, 1}, {3, 3}, true, true}), {{1, 20, 33}});
}

TEST(Conv, OfTheImage) {
  for (int64_t channels : {1, 3})
    for (bool reflected : {true, false}) {
      MapText text("conv");
      Value x = text.channelsLast(text.image(channels));
      if (reflected)
        x = text.reflectPad(x, {8, 8});
      check(text.str(text.conv(text.affine(x), 60)), {{1, 8, 8}, {2, 13, 35}});
    }
}

TEST(Conv, WhatIsInFrontIsAnAddress) {
  MapText shifted("conv");
  check(shifted.str(shifted.conv(shifted.keep("cyclic_shift", shifted.map(20), "by [-3, 2] window [7, 7] axis"), 16)),
        {{1, 7, 9}, {2, 12, 30}});
  MapText larger("conv");
  check(larger.str(larger.conv(larger.resize(larger.map(20), "nearest", MapText::none, {2, 3}), 16)), {{2, 6, 13}});
  MapText shuffled("conv");
  check(shuffled.str(shuffled.conv(shuffled.keep("relu", shuffled.shuffle(shuffled.map(36), 2)), 16)), {{2, 6, 13}});
  // A pyramid's maps side by side.
  for (const char *how : {"bilinear", "bicubic", "nearest"}) {
    MapText text("conv");
    Value a = text.map(20), b = text.map(32), c = text.map(5);
    Value all = text.concat({a, text.resize(text.keep("silu", b), how, a), text.resize(c, how, a)});
    check(text.str(text.keep("relu", text.conv(all, 24))),
          {{2, 17, 22, {{9, 11}, {4, 3}}}, {1, 1, 1, {{1, 1}, {2, 2}}}});
    MapText tree("conv");
    Value large = tree.map(20);
    Value sum = tree.add(large, tree.affine(tree.resize(tree.map(20), how, large)));
    check(tree.str(tree.conv(sum, 20)), {{2, 17, 22, {{8, 11}}}});
  }
}

TEST(Conv, WhatIsBehindIsDoneToItsSums) {
  for (const char *op : {"relu", "gelu", "sigmoid"}) {
    MapText text("conv");
    check(text.str(text.keep(op, text.conv(text.map(12), 20))), {{2, 9, 19}});
  }
  MapText text("conv");
  Value x = text.map(20), sum = text.add(text.conv(x, 20), text.map(20));
  check(text.str(text.position(text.affine(text.add(text.keep("leaky_relu", sum, "slope 0.01"), x)), 9, 19)),
        {{2, 9, 19}});
}

TEST(Conv, PixelsOfChannels) {
  for (int64_t factor : {2, 3, 4})
    for (int64_t channels : {1, 3, 20, 64}) {
      MapText text("conv");
      Value x = text.conv(text.map(12), channels * factor * factor);
      check(text.str(text.shuffle(text.keep("leaky_relu", x, "slope 0.2"), factor)), {{1, 1, 1}, {2, 11, 19}});
    }
  // Larger maps are added to, and cut to what the picture has.
  for (MapText::Pair before : {MapText::Pair{0, 0}, MapText::Pair{1, 3}})
    for (bool planes : {true, false}) {
      MapText text("conv");
      Value x = text.map(12), image = text.image(3), other = text.map(3);
      Value large = text.shuffle(text.conv(x, 12), 2);
      if (before == MapText::Pair{0, 0})
        large = text.add(text.affine(large), other);
      Value cut = text.crop(large, text.channelsLast(image), {2, 2}, before);
      check(text.str(planes ? text.channelsFirst(cut) : cut, true), {{2, 8, 24, {{6, 21}, {16, 48}}}});
    }
}

TEST(Conv, PlanesOfChannels) {
  for (int64_t outputs : {1, 3, 20, 40}) {
    MapText text("conv");
    check(text.str(text.channelsFirst(text.affine(text.conv(text.map(24), outputs))), true),
          {{1, 1, 1}, {2, 13, 37}, {1, 3, 8}});
  }
}

TEST(Conv, ATokensBitsDoNotDependOnWhereItStands) {
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(alone(40, 40, {}), isa);
    ASSERT_TRUE(kernel.good());
    for (int threads : {1, 2, 7})
      checkImages(kernel, hazards(kernel.graph(), 3, 19, 21), {.threads = threads});
    // Rows of the same map, read from another one on.
    auto arguments = hazards(kernel.graph(), 1, 30, 40);
    std::vector<double> all = kernel.run(arguments, {1, 30, 40, 40}).values;
    auto few = arguments;
    few[0].shape = {1, 27, 40, 40};
    few[0].values.erase(few[0].values.begin(), few[0].values.begin() + 3 * 40 * 40);
    std::vector<double> end = kernel.run(few, few[0].shape).values;
    EXPECT_EQ(std::vector<double>(end.begin() + 40 * 40, end.end()),
              std::vector<double>(all.begin() + 4 * 40 * 40, all.end()))
        << isa;
  }
}

TEST(Conv, APixelsBitsDoNotDependOnTheWidth) {
  // Of planes whole vectors of pixels are stored, and the last ones of a row one by one.
  constexpr int64_t narrow = 37, wide = 64, height = 5;
  for (const std::string &isa : usableIsas())
    for (int64_t outputs : {3, 20}) {
      MapText text("conv");
      std::string module = text.str(text.channelsFirst(text.affine(text.conv(text.map(24), outputs))), true);
      CompiledKernel kernel(module, isa);
      ASSERT_TRUE(kernel.good());
      auto arguments = hazards(kernel.graph(), 1, height, wide);
      auto fewer = arguments;
      fewer[0].shape[2] = narrow;
      fewer[0].values.clear();
      for (int64_t y = 0; y < height; ++y)
        fewer[0].values.insert(fewer[0].values.end(), arguments[0].values.begin() + y * wide * 24,
                               arguments[0].values.begin() + (y * wide + narrow) * 24);
      std::vector<double> all = kernel.run(arguments, {1, outputs, height, wide}).values;
      std::vector<double> few = kernel.run(fewer, {1, outputs, height, narrow}).values;
      // The last pixel sees zeros in one of the two.
      for (int64_t line = 0; line < outputs * height; ++line)
        for (int64_t x = 0; x < narrow - 1; ++x)
          ASSERT_EQ(few[line * narrow + x], all[line * wide + x]) << isa << " line " << line << " pixel " << x;
    }
}

TEST(Conv, WhatIsNoKernelIsSaid) {
  const std::string isa = "x86-64-v2";
  CompiledKernel kernel(alone(16, 16, {}), isa);
  ASSERT_TRUE(kernel.good());
  auto errorWith = [&](auto change) {
    codegen::KernelGraph graph = kernel.graph();
    change(graph);
    return codegen::compileKernel(graph, "k", isa).error;
  };
  auto contains = [](const std::string &text, const std::string &part) { return text.find(part) != text.npos; };
  EXPECT_PRED2(contains, errorWith([](codegen::KernelGraph &g) { g.kind = codegen::KernelKind::Map; }),
               "a kernel of kind conv has one convolution, and no other kind has any");
  EXPECT_PRED2(contains, errorWith([](codegen::KernelGraph &g) { g.nodes[0].op = "layer_norm"; }),
               "swin.layer_norm has no algorithm in a kernel of maps");
  EXPECT_PRED2(contains, errorWith([](codegen::KernelGraph &g) { g.nodes[0].op = "relu"; }),
               "a kernel of kind conv has one convolution");
  EXPECT_PRED2(contains, errorWith([](codegen::KernelGraph &g) { g.values[1].dims[1] = 7; }),
               "must be packed to panels of 16 channels of 144");
}

} // namespace
} // namespace swin::test
