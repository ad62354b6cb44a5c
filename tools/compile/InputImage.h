//===- InputImage.h - an image for the reference interpreter ---------------===//
#ifndef SWIN_TOOLS_COMPILE_INPUTIMAGE_H
#define SWIN_TOOLS_COMPILE_INPUTIMAGE_H

#include "dsl/Diagnostics.h"
#include "passes/reference/Interpreter.h"
#include "tools/compile/Model.h"
#include "tools/layers/LayerFile.h"

#include <optional>
#include <string>

namespace swin::tools {

/// What a model gets, N x C x H x W. `path`: an array (.npy); a picture (.png, .jpg), prepared as the model's
/// description says; the `input` of a file of layers (.safetensors, .npz); "" = an image made by a rule, of the model's
/// own size, the same everywhere. `model` has its graph. Null after an error.
std::optional<ref::Tensor> inputImage(const std::string &path, Model &model, dsl::Diagnostics &errors);
/// The `input` of a file of layers, which was opened from `path`.
std::optional<ref::Tensor> inputImage(const layers::LayerFile &file, const std::string &path, Model &model,
                                      dsl::Diagnostics &errors);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_INPUTIMAGE_H
