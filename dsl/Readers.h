//===- Readers.h - one reader per form of description ---------------------===//
#ifndef SWIN_DSL_READERS_H
#define SWIN_DSL_READERS_H

#include "dsl/Fields.h"

namespace swin::dsl {

// Each reads document.root, an object, and checks the result. Errors go to the document; then the Spec is of no use.
// `weights` is still as written.

/// Our own form (docs/ModelFormat.md).
Spec readSwinModel(Document &document);
/// The config.json that timm saves.
Spec readTimm(Document &document);
/// The config.json of Hugging Face transformers, model_type "swin".
Spec readHuggingFace(Document &document);
/// Adds the preprocessing of a preprocessor_config.json to a Spec without errors.
void readHuggingFacePreprocessor(Document &document, Spec &spec);

/// All keys of our form, of the object "model", "image", "stage" or "preprocessing".
std::vector<std::string> swinModelKeys(const std::string &object);

/// timm's names of architectures that are supported, with their specs.
struct Architecture {
  std::string name;
  Spec spec;
};
const std::vector<Architecture> &timmArchitectures();
const std::vector<Architecture> &presets();
/// The one of that name, or null.
const Architecture *architectureNamed(const std::string &name, const std::vector<Architecture> &known);
/// All names, for an error.
std::string namesOf(const std::vector<Architecture> &known);

} // namespace swin::dsl

#endif // SWIN_DSL_READERS_H
