//===- LayerFile.h - the values of a run by the names of its layers --------===//
// A file of another library's run, or of ours: safetensors or .npz. Entry `input` is the image, N x C x H x W; every
// other one is the value of a layer, named as passes/reference/Layers.h says. Values are row-major, channels last;
// windows one after the other as the graph has them. Their shapes need not be the graph's, their number of elements
// must be. A safetensors file says what made it under `source` of its metadata. No MLIR: swin-run and the executables
// of models read such files too.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_LAYERS_LAYERFILE_H
#define SWIN_TOOLS_LAYERS_LAYERFILE_H

#include "dsl/Diagnostics.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace swin::layers {

/// A value; float32.
struct LayerValue {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// An untrusted file of values, of which one after the other is read.
class LayerFile {
public:
  virtual ~LayerFile() = default;
  /// Null after an error. The whole file is checked, so that what is opened can be read.
  static std::unique_ptr<LayerFile> open(const std::string &path, dsl::Diagnostics &errors);
  /// The same, but `errors` gets whole lines that begin with the path.
  static std::unique_ptr<LayerFile> open(const std::string &path, std::vector<std::string> &errors);
  /// All but `input`, in the file's order.
  virtual const std::vector<std::string> &names() const = 0;
  /// False if there is none of that name. Half floats, doubles and whole numbers become floats.
  virtual bool read(const std::string &name, LayerValue &value) const = 0;
  /// What made it, as the file says; "" = it does not.
  virtual std::string source() const = 0;
};

/// Writes one value after the other to a safetensors file, whose header is made of the shapes that are known before.
class LayerWriter {
public:
  virtual ~LayerWriter() = default;
  /// `layers` without their values; null after an error. Later ones go to `errors`, too, which outlive the writer.
  static std::unique_ptr<LayerWriter> create(const std::string &path, const std::vector<LayerValue> &layers,
                                             const std::string &source, dsl::Diagnostics &errors);
  /// The values of the next layer, in the order of `layers`. False: the file cannot be written.
  virtual bool add(const float *values, size_t count) = 0;
  /// All have been added and are on disk; else a destructor removes the file.
  virtual bool finish() = 0;
};

} // namespace swin::layers

#endif // SWIN_TOOLS_LAYERS_LAYERFILE_H
