//===- Weights.h - from a weights file to the constant store --------------===//
#ifndef SWIN_DSL_WEIGHTS_H
#define SWIN_DSL_WEIGHTS_H

#include "dsl/Diagnostics.h"
#include "dsl/Spec.h"
#include "passes/reference/ConstantStore.h"

#include <memory>
#include <optional>
#include <string>

namespace swin::dsl {

/// An opened weights file: its header is read and checked, its tensors are not touched.
class WeightsFile {
public:
  virtual ~WeightsFile() = default;
  /// Whose names its tensors have, and so whose arithmetic is the default.
  virtual Semantics semantics() const = 0;
  /// What the model is by names and shapes of the tensors; what these leave open stays as in `known`. It need not be
  /// consistent. Where `known` has no stages, a window that the file does not show is {0, 0}, and the image size is
  /// the one at which the last stage is one window.
  virtual Spec specFromShapes(const Spec &known) const = 0;
  /// Puts every parameter that the outputs of `spec` need into `store` under Microsoft's names: views
  /// of the mapped file where names and layout are one to one and the type is F32, else copies.
  /// Each missing, surplus, misshapen or mistyped tensor becomes an error (the first 20), and so does
  /// one that holds NaN or infinity; one more says what the file looks like if that is another model. A
  /// head or norm that the outputs do not need may be missing or of any shape. Position tables of
  /// another size are resized where the source of the weights does it, with a note.
  virtual void load(const Spec &spec, Semantics semantics, ref::ConstantStore &store, Diagnostics &errors) = 0;
};

/// Opens a safetensors file, which is untrusted: header size, JSON, types, shapes,
/// offsets and overlaps are checked against the file's size before anything is used.
/// Null after an error.
std::unique_ptr<WeightsFile> openWeights(const std::string &path, Diagnostics &errors);

/// What `--arch NAME` means together with a weights file (null = there is none): a preset or an architecture of timm's
/// registry, with the classes and the channels of pictures that the file has; or a family, all of which is read from
/// the file's names and shapes. Unknown names, and what the file leaves open, are errors.
Spec specOfArch(const std::string &name, const WeightsFile *weights, Diagnostics &errors);
/// All names that specOfArch knows: presets, those of timm's registry that are no presets, families.
std::vector<std::string> architectureNames();

/// Fills the store by the rule of docs/Numbers.md ("Synthetic weights").
void addSyntheticWeights(const Spec &spec, Semantics semantics, ref::ConstantStore &store);

} // namespace swin::dsl

#endif // SWIN_DSL_WEIGHTS_H
