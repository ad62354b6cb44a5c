//===- ReadSpec.cpp - which form a description has ------------------------===//
#include "dsl/ReadSpec.h"

#include "dsl/ReadGraph.h"
#include "dsl/Readers.h"
#include "dsl/Yaml.h"

#include <algorithm>
#include <filesystem>

namespace swin::dsl {
namespace {

namespace fs = std::filesystem;

bool isFolder(const fs::path &path) {
  std::error_code code;
  return fs::is_directory(path, code);
}

bool isFile(const fs::path &path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

fs::path folderOf(const std::string &path) { return isFolder(path) ? fs::path(path) : fs::path(path).parent_path(); }

/// A config.json says its pictures' preprocessing in a second file.
void readPreprocessor(const fs::path &folder, Spec &spec, Diagnostics &errors) {
  fs::path path = folder / "preprocessor_config.json";
  if (!isFile(path))
    return;
  std::optional<std::string> text = readTextFile(path.string(), errors);
  std::optional<Json> json = text ? parseJson(*text, path.string(), errors) : std::nullopt;
  if (!json)
    return;
  Document document(path.string(), std::move(*json), errors, /*nullsCount=*/false);
  readHuggingFacePreprocessor(document, spec);
}

bool isYaml(const fs::path &path) { return path.extension() == ".yaml" || path.extension() == ".yml"; }

/// The description in a folder: config.json or the one other .json; without one the only .yaml; else "".
std::string descriptionIn(const std::string &folder) {
  fs::path config = fs::path(folder) / "config.json";
  if (isFile(config.string()))
    return config.string();
  std::vector<std::string> json, yaml;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    bool isJson = entry->path().extension() == ".json";
    if ((isJson || isYaml(entry->path())) && isFile(entry->path()))
      (isJson ? json : yaml).push_back(entry->path().string());
  }
  const std::vector<std::string> &found = json.empty() ? yaml : json;
  return found.size() == 1 ? found[0] : "";
}

} // namespace

Spec readSpec(const std::string &path, Diagnostics &errors) { return readDescription(path, errors).spec; }

Description readDescription(const std::string &path, Diagnostics &errors) {
  std::string file = path;
  if (isFolder(path)) {
    file = descriptionIn(path);
    if (file.empty()) {
      errors.error(path, {}, "no config.json in this folder, nor one other .json or .yaml", "",
                   "expected a model's description");
      return {};
    }
  }
  std::optional<std::string> text = readTextFile(file, errors);
  size_t before = errors.errors().size();
  std::optional<Json> json;
  if (text)
    json = isYaml(file) ? parseYaml(*text, file, errors) : parseJson(*text, file, errors);
  if (!json)
    return {};
  if (isYaml(file)) {
    Document document(file, std::move(*json), errors);
    return {readMicrosoft(document), nullptr};
  }
  const Json *family = json->find("family");
  bool isOriginal = family && (family->text == "swinir" || family->text == "swin2sr");
  auto says = [&](const char *key) { return json->find(key) && json->find(key)->kind != Json::Kind::Null; };
  bool isOurs = json->find("format"), isHuggingFace = says("model_type"), isTimm = says("architecture");
  if (isOurs && saysGraph(*json)) {
    Description description;
    description.graph = readGraph(std::make_shared<Document>(file, std::move(*json), errors), folderOf(path).string(),
                                  description.spec);
    return description;
  }
  Document document(file, std::move(*json), errors, /*nullsCount=*/isOurs);
  Spec spec;
  if (isOurs) {
    spec = readSwinModel(document);
    if (!spec.weights.empty())
      spec.weights = (folderOf(path) / spec.weights).string();
  } else if (isOriginal) {
    spec = readOriginalRestoration(document);
  } else if (isTimm) {
    spec = readTimm(document);
  } else if (isHuggingFace) {
    spec = readHuggingFace(document);
    if (errors.errors().size() == before)
      readPreprocessor(folderOf(path), spec, errors);
  } else {
    document.error(document.root.where, "", "no description of a model",
                   "expected an object with \"format\": \"swin-model\", or the config.json of timm (\"architecture\") "
                   "or of Hugging Face (\"model_type\"), or SwinIR's arguments with \"family\": \"swinir\" or "
                   "\"swin2sr\"; Microsoft's configs end in .yaml");
  }
  return {spec, nullptr};
}

std::string weightsBeside(const std::string &path, Diagnostics &errors) {
  fs::path folder = folderOf(path);
  if (!isFolder(path))
    if (fs::path same = fs::path(path).replace_extension(".safetensors"); isFile(same))
      return same.string();
  if (isFile(folder / "model.safetensors"))
    return (folder / "model.safetensors").string();
  std::vector<std::string> found;
  std::error_code code;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, code), end; !code && entry != end;
       entry.increment(code))
    if (entry->path().extension() == ".safetensors" && isFile(entry->path()))
      found.push_back(entry->path().filename().string());
  std::sort(found.begin(), found.end());
  if (found.size() == 1)
    return (folder / found[0]).string();
  if (!found.empty())
    errors.error(path, {},
                 std::to_string(found.size()) + " files may be its weights: " + printable(join(found, ", "), 400), "",
                 "expected one, or one of the name model.safetensors");
  return "";
}

void checkSpec(const Spec &spec, const std::string &file, Diagnostics &errors) {
  for (const Problem &problem : problemsOf(spec))
    errors.error(file, {}, problem.what, problem.pointer, problem.right);
}

void resizeModel(Spec &spec, Size size) {
  Size old = spec.imageSize;
  spec.imageSize = size;
  if (spec.fixed != Size{0, 0})
    spec.fixed = size;
  if (!spec.preprocessing || size == old)
    return;
  Preprocessing &how = *spec.preprocessing;
  if (how.crop == Size{0, 0} && how.resize == Preprocessing::Resize::Exactly && how.size == old) {
    how.size = size;
  } else if (how.crop == old && how.resize == Preprocessing::Resize::ShorterSide && std::max(old[0], old[1]) > 0) {
    // The same part of a picture as before; of one that is not square, the longer side has to fit too.
    int64_t longer = std::max(old[0], old[1]), wanted = std::max(size[0], size[1]);
    if (wanted < 1 || wanted > 65536 || longer > 65536 || how.size[0] > 65536)
      return; // out of range, which is said elsewhere
    how.size[0] = how.size[1] = (how.size[0] * wanted + longer / 2) / longer;
    how.crop = size;
  }
}

} // namespace swin::dsl
