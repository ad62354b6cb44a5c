//===- ReadSpec.h - descriptions of models --------------------------------===//
#ifndef SWIN_DSL_READSPEC_H
#define SWIN_DSL_READSPEC_H

#include "dsl/Diagnostics.h"
#include "dsl/Spec.h"

#include <string>
#include <vector>

namespace swin::dsl {

/// Reads a description: our own JSON (docs/ModelFormat.md), a config.json of timm or of
/// Hugging Face transformers, a .yaml of Microsoft's repository, or a folder with a
/// config.json, one other .json or else one .yaml.
/// Everything that is wrong goes to `errors`; the Spec is then of no use.
Spec readSpec(const std::string &path, Diagnostics &errors);

/// The weights that lie beside a description: MODEL.safetensors beside MODEL.json, else
/// model.safetensors, else the only .safetensors file in the folder. "" = there is none;
/// several are an error that names them.
std::string weightsBeside(const std::string &path, Diagnostics &errors);

/// Inconsistencies of a spec that did not come from our reader alone (--size, --outputs ...): each is
/// an error at `file` without a position.
void checkSpec(const Spec &spec, const std::string &file, Diagnostics &errors);

/// Makes `size` the size that the model is built for. Pictures are resized and cropped to
/// it if that is what they were to the old one.
void resizeModel(Spec &spec, Size size);

/// Our JSON with all defaults filled in; reads back to the same Spec (from the current
/// folder, where its path of the weights starts). What depends on the weights and was not
/// said, semantics and outputs, is left out.
std::string specText(const Spec &spec);

} // namespace swin::dsl

#endif // SWIN_DSL_READSPEC_H
