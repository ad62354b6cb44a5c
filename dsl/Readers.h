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
/// The config.json of Hugging Face transformers, of a model that is or has one of the family's encoders.
Spec readHuggingFace(Document &document);
/// The constructor's arguments of an original SwinIR or Swin2SR as JSON, with "family": "swinir" or "swin2sr".
Spec readOriginalRestoration(Document &document);
/// The config.json of transformers' Swin2SR, which readHuggingFace meets.
Spec readHuggingFaceRestoration(Document &document);
/// The "hidden_act" of transformers.
void readHiddenAct(const Fields &config, Activation &activation);
/// Adds the preprocessing of a preprocessor_config.json to a Spec without errors. What cannot be said in a Spec, such
/// as pictures padded to a size, leaves it without.
void readHuggingFacePreprocessor(Document &document, Spec &spec);
/// A .yaml of Microsoft's repository, as parseYaml gives it.
Spec readMicrosoft(Document &document);

/// Where another form has what ours has at a pointer, the longer pointer first. A "*" in ours stands for the number of
/// a stage, one in theirs for the same number.
using Places = std::vector<std::pair<std::string, std::string>>;
/// The other form's pointer for ours, or ours if there is none.
std::string translated(const std::string &pointer, const Places &places);

/// The depths and heads of all stages, lists of whole numbers under two keys; a key that is not there keeps what
/// `stages` has. False and an error if one of them is wrong or they are not equally many; then `stages` is left alone.
bool readDepthsAndHeads(Document &document, const Fields &fields, const std::string &depthsKey,
                        const std::string &headsKey, std::vector<Stage> &stages);
struct StageKeys {
  const char *depths, *heads, *window, *pretrained;
};
/// The stages of a form with one window for all of them, 7 if it does not say; of swinv2 also those trained with. What
/// is not there keeps what spec.stages has. False where readDepthsAndHeads is.
bool readStages(Document &document, const Fields &fields, const StageKeys &keys, Spec &spec);
/// The windows that the position MLPs were trained with, a list of numbers or [height, width] for at least as many
/// stages as there are. An error if it is something else.
void readPretrainedWindows(const Fields &fields, const std::string &key, std::vector<Stage> &stages);

// What both of our forms say of a model's use.
/// Size and channels of the image.
void readImage(const Fields &model, Spec &spec);
/// Preprocessing, weights and batch.
void readUse(const Fields &model, Spec &spec);

/// All keys of our form, of the object "model", "image", "stage", "restoration", "segmentation" or "preprocessing".
std::vector<std::string> swinModelKeys(const std::string &object);

/// timm's names of architectures that are supported, with their specs.
struct Architecture {
  std::string name;
  Spec spec;
};
const std::vector<Architecture> &timmArchitectures();
const std::vector<Architecture> &presets();
/// Those of presets() that make pictures.
std::vector<Architecture> restorationPresets();
/// Pictures of restoration models: values 0 .. 1 of any size.
Preprocessing plainPictures(int64_t channels);
/// How ImageNet's pictures are prepared: the middle, `side` wide and high, of one whose shorter side is `resized`; the
/// whole picture if that is 0.
Preprocessing imageNet(int64_t side, int64_t resized);
/// The one of that name, or null.
const Architecture *architectureNamed(const std::string &name, const std::vector<Architecture> &known);
/// All names, for an error.
std::string namesOf(const std::vector<Architecture> &known);
/// An error at the value of `key`, which names none of `known`; they are listed behind `list`. Returns false.
bool unknownName(const Fields &fields, const std::string &key, const std::string &name, const std::string &what,
                 const std::string &list, const std::vector<Architecture> &known);

} // namespace swin::dsl

#endif // SWIN_DSL_READERS_H
