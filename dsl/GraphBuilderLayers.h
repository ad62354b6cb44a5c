//===- GraphBuilderLayers.h - what all parts of a graph are made of -------===//
#ifndef SWIN_DSL_GRAPHBUILDERLAYERS_H
#define SWIN_DSL_GRAPHBUILDERLAYERS_H

#include "dsl/Rules.h"
#include "passes/dialect/Swin.h"

#include "mlir/IR/Builders.h"

#include <map>
#include <string>

namespace swin::dsl {

/// Sizes of a tensor, ShapedType::kDynamic where unknown.
using Dims = mlir::SmallVector<int64_t>;

Dims dimsOf(mlir::Value value);
/// Unknown stays unknown.
int64_t divided(int64_t size, int64_t divisor, bool up);
int64_t times(int64_t size, int64_t factor);

/// A model and the place where its graph grows. `layer` is a name as in parametersOf without what follows the last
/// point; ops get it as their location.
class Layers {
public:
  Layers(const Spec &spec, Semantics semantics, mlir::MLIRContext &context)
      : spec(spec), semantics(semantics), rules(rulesOf(semantics, spec.family)), form(formOf(spec.family)),
        builder(&context) {}

  mlir::Location at(const mlir::Twine &layer) { return mlir::NameLoc::get(builder.getStringAttr(layer)); }
  mlir::RankedTensorType tensor(mlir::ArrayRef<int64_t> dims) {
    return mlir::RankedTensorType::get(dims, builder.getF32Type());
  }
  mlir::DenseI64ArrayAttr numbers(mlir::ArrayRef<int64_t> values) { return builder.getDenseI64ArrayAttr(values); }
  mlir::FloatAttr number(double value) { return builder.getF64FloatAttr(value); }

  mlir::Value param(const std::string &name, mlir::ArrayRef<int64_t> shape);
  mlir::Value norm(const std::string &layer, mlir::Value x, double epsilon);
  mlir::Value linear(const std::string &layer, mlir::Value x, int64_t outputs, bool bias = true);
  /// With a weight (outputs, inputs) and a bias, or none, that are there already.
  mlir::Value linear(const std::string &layer, mlir::Value x, mlir::Value weight, mlir::Value bias);
  mlir::Value checkSize(const std::string &layer, mlir::Value x, Size min, Size multiple);
  /// Stride 1, zeros around the map so that it keeps its size; `kernel` is odd.
  mlir::Value conv(const std::string &layer, mlir::Value x, int64_t outputs, int64_t kernel, bool bias = true);
  /// With the statistics `running_mean` and `running_var`.
  mlir::Value batchNorm(const std::string &layer, mlir::Value x, double epsilon);
  mlir::Value leakyRelu(const std::string &layer, mlir::Value x, double slope);
  mlir::Value channelsLast(const std::string &layer, mlir::Value image);
  mlir::Value channelsFirst(const std::string &layer, mlir::Value x);
  mlir::Value pixelShuffle(const std::string &layer, mlir::Value x, int64_t factor);
  /// To `factor` times the size of `like`, or of `x` if that is null.
  mlir::Value resize(const std::string &layer, mlir::Value x, Interpolation how, mlir::Value like, int64_t factor);

  const Spec &spec;
  const Semantics semantics;
  const Rules rules;
  const BlockForm &form;
  mlir::OpBuilder builder;
};

/// What becomes of an image (B x C x H x W) in a restoration model; GraphBuilderRestoration.cpp. The outputs `names`,
/// and nothing that none of them needs.
std::map<std::string, mlir::Value> addRestoration(Layers &layers, mlir::Value image, mlir::ArrayRef<std::string> names);

/// Logits (B x classes x H x W, of the image's size) from the maps of all stages; GraphBuilderSegmentation.cpp.
mlir::Value addSegmentation(Layers &layers, mlir::ArrayRef<mlir::Value> maps, mlir::Value image);

/// A block (0 ..) of a stage from map to map, as the family's form says; `layer` is its name.
mlir::Value addBlock(Layers &layers, const std::string &layer, size_t stage, int64_t block, mlir::Value x);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHBUILDERLAYERS_H
