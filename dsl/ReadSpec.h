//===- ReadSpec.h - descriptions of models --------------------------------===//
#ifndef SWIN_DSL_READSPEC_H
#define SWIN_DSL_READSPEC_H

#include "dsl/Diagnostics.h"
#include "dsl/Spec.h"

#include <memory>
#include <string>
#include <vector>

namespace swin::dsl {

struct Graph;

/// What a description says: a model of a family, or a graph node by node.
struct Description {
  Spec spec; ///< with a graph, only what is said of the model's use (readGraph)
  std::shared_ptr<const Graph> graph;
};

/// Reads a description: our own JSON (docs/ModelFormat.md), a config.json of timm or of
/// Hugging Face transformers, a .yaml of Microsoft's repository, or a folder with a
/// config.json, one other .json or else one .yaml.
/// Everything that is wrong goes to `errors`; what is returned is then of no use. `errors` lives as long as a graph.
Description readDescription(const std::string &path, Diagnostics &errors);
/// Likewise, without a graph.
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
