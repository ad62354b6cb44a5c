//===- LayerFile.cpp - the values of a run by the names of its layers ------===//
#include "tools/layers/LayerFile.h"

#include "dsl/FileErrors.h"
#include "dsl/Safetensors.h"
#include "dsl/TensorValues.h"
#include "runtime/image/File.h"
#include "tools/layers/Npz.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include <unistd.h>

namespace swin::layers {
namespace {

const char inputName[] = "input", sourceKey[] = "source", metadataKey[] = "__metadata__";

class SafetensorsFile : public LayerFile {
public:
  SafetensorsFile(std::shared_ptr<const dsl::MappedFile> file, dsl::Tensors read, std::string source)
      : file(std::move(file)), tensors(std::move(read)), madeBy(std::move(source)) {
    std::vector<std::pair<const std::byte *, std::string>> places;
    for (const auto &[name, tensor] : tensors)
      if (name != inputName)
        places.emplace_back(tensor.data.data(), name);
    std::sort(places.begin(), places.end());
    for (auto &[place, name] : places)
      order.push_back(std::move(name));
  }

  const std::vector<std::string> &names() const override { return order; }
  std::string source() const override { return madeBy; }

  bool read(const std::string &name, LayerValue &value) const override {
    auto found = tensors.find(name);
    if (found == tensors.end())
      return false;
    const dsl::Tensor &tensor = found->second;
    value = {name, tensor.shape, std::vector<float>(tensor.count)};
    dsl::copyValues(tensor, value.values.data());
    file->release(tensor.data);
    return true;
  }

private:
  std::shared_ptr<const dsl::MappedFile> file;
  dsl::Tensors tensors;
  std::vector<std::string> order;
  std::string madeBy;
};

class NpzFile : public LayerFile {
public:
  NpzFile(std::shared_ptr<const dsl::MappedFile> file, std::vector<NpzArray> read) : file(std::move(file)) {
    for (NpzArray &array : read) {
      if (array.name != inputName)
        order.push_back(array.name);
      std::string name = array.name;
      arrays.emplace(std::move(name), std::move(array));
    }
  }

  const std::vector<std::string> &names() const override { return order; }
  std::string source() const override { return ""; }

  bool read(const std::string &name, LayerValue &value) const override {
    auto found = arrays.find(name);
    if (found == arrays.end())
      return false;
    const NpzArray &array = found->second;
    value = {name, array.shape, std::vector<float>(array.count)};
    copyValues(array, value.values.data());
    file->release(array.data);
    return true;
  }

private:
  std::shared_ptr<const dsl::MappedFile> file;
  std::map<std::string, NpzArray> arrays;
  std::vector<std::string> order;
};

class Writer : public LayerWriter {
public:
  Writer(const std::string &path, const std::vector<LayerValue> &layers, dsl::Diagnostics &errors)
      : path(path), temporary(path + "." + std::to_string(::getpid())), errors(errors) {
    for (const LayerValue &layer : layers) {
      size_t count = 1;
      for (int64_t size : layer.shape)
        count *= static_cast<size_t>(size);
      counts.push_back(count);
    }
  }
  ~Writer() override {
    if (made && !finished)
      ::unlink(temporary.c_str());
  }

  /// Header, then as many values as it says.
  bool begin(const std::vector<LayerValue> &layers, const std::string &source) {
    nlohmann::ordered_json header;
    if (!source.empty())
      header[metadataKey][sourceKey] = source;
    uint64_t offset = 0;
    for (size_t i = 0; i < layers.size(); ++i) {
      uint64_t end = offset + counts[i] * sizeof(float);
      header[layers[i].name] = {{"dtype", "F32"}, {"shape", layers[i].shape}, {"data_offsets", {offset, end}}};
      offset = end;
    }
    // A source may come from anywhere; what is no UTF-8 of it is replaced.
    std::string text = header.is_null() ? "{}" : header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' ');
    uint64_t length = text.size();
    std::string error;
    if (!file.openToWrite(temporary, error))
      return fail(error);
    made = true;
    return file.write(&length, sizeof length, error) && file.write(text.data(), text.size(), error) ? true
                                                                                                    : fail(error);
  }

  bool add(const float *values, size_t count) override {
    if (next == counts.size() || counts[next] != count)
      return fail("a layer does not have as many values as was said");
    ++next;
    std::string error;
    return file.write(values, count * sizeof(float), error) || fail(error);
  }

  bool finish() override {
    if (next != counts.size())
      return fail("a layer's values are missing");
    std::string error;
    if (!file.close(error))
      return fail(error);
    std::error_code failed;
    std::filesystem::rename(temporary, path, failed);
    if (failed)
      return fail("cannot be written: " + failed.message());
    return finished = true;
  }

private:
  bool fail(const std::string &what) {
    errors.error(path, {}, what);
    return false;
  }

  std::string path, temporary;
  dsl::Diagnostics &errors;
  std::vector<size_t> counts;
  size_t next = 0;
  image::File file;
  bool made = false, finished = false;
};

} // namespace

std::unique_ptr<LayerFile> LayerFile::open(const std::string &path, dsl::Diagnostics &errors) {
  std::shared_ptr<const dsl::MappedFile> file = dsl::MappedFile::open(path, errors);
  if (!file)
    return nullptr;
  dsl::FileErrors found(path, errors);
  if (isZip(file->bytes())) {
    std::vector<NpzArray> arrays = readNpz(file->bytes(), found);
    return found.finish() ? std::make_unique<NpzFile>(file, std::move(arrays)) : nullptr;
  }
  dsl::Metadata metadata;
  dsl::Diagnostics mistakes;
  dsl::Tensors tensors = dsl::readSafetensors(file->bytes(), path, mistakes, &metadata);
  for (const dsl::Diagnostic &mistake : mistakes.errors())
    errors.error(mistake);
  for (const auto &[name, tensor] : tensors)
    if (!dsl::isNumberType(tensor.type))
      found.add("tensor " + dsl::nameText(name) + " is " + std::string(tensor.type),
                "expected real numbers of 8 to 64 bits");
  bool good = found.finish() && mistakes.good();
  return good ? std::make_unique<SafetensorsFile>(file, std::move(tensors), metadata[sourceKey]) : nullptr;
}

std::unique_ptr<LayerFile> LayerFile::open(const std::string &path, std::vector<std::string> &errors) {
  dsl::Diagnostics found;
  std::unique_ptr<LayerFile> file = open(path, found);
  for (std::string &line : found.lines())
    errors.push_back(std::move(line));
  return file;
}

std::unique_ptr<LayerWriter> LayerWriter::create(const std::string &path, const std::vector<LayerValue> &layers,
                                                 const std::string &source, dsl::Diagnostics &errors) {
  auto writer = std::make_unique<Writer>(path, layers, errors);
  return writer->begin(layers, source) ? std::move(writer) : nullptr;
}

} // namespace swin::layers
