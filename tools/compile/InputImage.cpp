//===- InputImage.cpp - an image for the reference interpreter -------------===//
#include "tools/compile/InputImage.h"

#include "runtime/Digest.h"
#include "runtime/image/Npy.h"
#include "runtime/image/Preprocess.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <numeric>

using namespace mlir;

namespace swin::tools {
namespace {

/// No model has a use for larger ones, and sizes of maps can be multiplied.
constexpr int64_t largestSide = 65536;

image::Preprocessing preprocessingOf(const codegen::PictureSteps &from) {
  using Resize = codegen::PictureSteps::Resize;
  image::Preprocessing how;
  how.resize = from.resize == Resize::None          ? image::Preprocessing::Resize::None
               : from.resize == Resize::ShorterSide ? image::Preprocessing::Resize::ShorterSide
                                                    : image::Preprocessing::Resize::Exactly;
  how.resizeHeight = static_cast<int>(from.size[0]);
  how.resizeWidth = static_cast<int>(from.size[1]);
  how.filter = from.interpolation == "bilinear" ? image::Filter::Bilinear : image::Filter::Bicubic;
  how.cropHeight = static_cast<int>(from.crop[0]);
  how.cropWidth = static_cast<int>(from.crop[1]);
  how.mean.assign(from.mean.begin(), from.mean.end());
  how.std.assign(from.std.begin(), from.std.end());
  return how;
}

class Reader {
public:
  Reader(const std::string &path, Model &model, dsl::Diagnostics &errors)
      : path(path), model(model), errors(errors),
        wanted(cast<RankedTensorType>(model.graph->lookupSymbol<func::FuncOp>("forward").getArgumentTypes()[0])) {}

  std::optional<ref::Tensor> read() {
    if (path.empty())
      return byRule();
    StringRef name = path;
    if (name.ends_with(".npy"))
      return checked(readNpy());
    return checked(name.ends_with(".safetensors") || name.ends_with(".npz") ? readLayerFile() : readPicture());
  }

  std::optional<ref::Tensor> read(const layers::LayerFile &file) { return checked(readInput(file)); }

private:
  bool fail(const std::string &what) {
    errors.error(path, {}, what);
    return false;
  }

  std::optional<ref::Tensor> checked(bool isRead) {
    if (!isRead || !checkShape())
      return std::nullopt;
    return ref::Tensor{shape, std::vector<double>(values.begin(), values.end())};
  }

  ref::Tensor byRule() {
    auto own = [&](unsigned dimension, int64_t usual) {
      return wanted.isDynamicDim(dimension) ? usual : wanted.getDimSize(dimension);
    };
    shape = {own(0, 1), own(1, 1), own(2, model.description.height), own(3, model.description.width)};
    values.resize(ShapedType::getNumElements(shape));
    swin_selftest_image(values.data(), values.size());
    return {shape, std::vector<double>(values.begin(), values.end())};
  }

  bool readNpy() {
    std::string problem;
    std::optional<image::Tensor> array = image::readNpy(path, problem);
    if (!array)
      return fail(problem);
    shape = array->shape;
    values = std::move(array->values);
    return true;
  }

  bool readLayerFile() {
    std::unique_ptr<layers::LayerFile> file = layers::LayerFile::open(path, errors);
    return file && readInput(*file);
  }

  bool readInput(const layers::LayerFile &file) {
    layers::LayerValue value;
    if (!file.read("input", value))
      return fail("has no value \"input\": expected the image that the others were computed of, N x C x H x W");
    shape = value.shape;
    values = std::move(value.values);
    return true;
  }

  bool readPicture() {
    const std::optional<codegen::PictureSteps> &steps = model.description.preprocessing;
    auto channels = static_cast<int>(wanted.getDimSize(1));
    if (!steps)
      return fail("the model's description does not say how pictures become its input: expected a .npy file");
    if (channels != 1 && channels != 3)
      return fail("the model's images have " + std::to_string(channels) + " channels: expected a .npy file");
    std::string problem;
    std::optional<image::Picture> picture = image::readPicture(path, channels, problem);
    int height = 0, width = 0;
    if (!picture || !image::preprocess(*picture, preprocessingOf(*steps), values, height, width, problem))
      return fail(problem);
    shape = {1, channels, height, width};
    return true;
  }

  bool checkShape() {
    const char letters[] = {'N', 'C', 'H', 'W'};
    bool fits = shape.size() == 4 && llvm::all_of(shape, [](int64_t size) { return size >= 1 && size <= largestSide; });
    std::string expected;
    for (unsigned i = 0; i < 4; ++i) {
      bool isAny = wanted.isDynamicDim(i);
      fits = fits && (isAny || shape[i] == wanted.getDimSize(i));
      expected += (i ? " x " : "") + (isAny ? std::string(1, letters[i]) : std::to_string(wanted.getDimSize(i)));
    }
    return fits || fail("the image is " + image::shapeText(shape) + ": expected " + expected + ", sizes from 1 to " +
                        std::to_string(largestSide));
  }

  const std::string &path;
  Model &model;
  dsl::Diagnostics &errors;
  RankedTensorType wanted;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

} // namespace

std::optional<ref::Tensor> inputImage(const std::string &path, Model &model, dsl::Diagnostics &errors) {
  return Reader(path, model, errors).read();
}

std::optional<ref::Tensor> inputImage(const layers::LayerFile &file, const std::string &path, Model &model,
                                      dsl::Diagnostics &errors) {
  return Reader(path, model, errors).read(file);
}

} // namespace swin::tools
