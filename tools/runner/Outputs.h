//===- Outputs.h - what becomes of a model's outputs -----------------------===//
#ifndef SWIN_TOOLS_RUNNER_OUTPUTS_H
#define SWIN_TOOLS_RUNNER_OUTPUTS_H

#include "runtime/image/Npy.h"
#include "runtime/image/Png.h"
#include "tools/runner/Info.h"
#include "tools/runner/Segmentation.h"
#include "tools/runner/Tiles.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace swin::runner {

/// Files that appear all together or not at all: written under other names first, renamed by commit. What was not
/// committed is removed.
class StagedFiles {
public:
  StagedFiles() = default;
  StagedFiles(const StagedFiles &) = delete;
  StagedFiles &operator=(const StagedFiles &) = delete;
  ~StagedFiles();
  /// The folder exists afterwards; removed again if nothing is committed.
  bool makeFolder(const std::string &path, std::string &error);
  /// Where to write what will be `path`.
  std::string stage(const std::string &path);
  /// Errors name the file.
  bool commit(std::string &error);

private:
  std::vector<std::pair<std::string, std::string>> files; ///< temporary name, name
  std::string madeFolder;
};

/// What OUT means for these outputs, or a sentence why it can't be.
enum class OutKind { None, Npy, Png, Folder, Shown }; // Shown: what --show makes
std::optional<OutKind> classifyOut(const std::string &out, const std::vector<OutputInfo> &outputs, std::string &error);

/// The picture that the only input was made of; an array is no picture.
struct Source {
  std::optional<image::Picture> picture;
  image::Fit fit;
};

/// Stages the outputs. `source` is null if there are several inputs. Errors are sentences that begin with the file's
/// name.
bool writeOutputs(StagedFiles &files, OutKind kind, const std::string &out, const std::vector<OutputInfo> &outputs,
                  const std::vector<image::Tensor> &values, const Source *source, std::string &error);

/// True if an image output of that shape, N x C x H x W, is one picture that a .png can hold; else a sentence.
bool isOnePicture(const std::vector<int64_t> &shape, std::string &error);

/// Rows of a picture of values 0 to 1 as bytes, pixel by pixel: limited to that and rounded; what is not a number is 0.
std::vector<uint8_t> toBytes(const FinishedRows &rows);

/// What is said of values that are too many to show.
struct Summary {
  double sum = 0, least = INFINITY, most = -INFINITY;
  uint64_t count = 0;
  void add(const float *values, size_t more);
};

/// An image output that comes row by row, and what becomes of it: a .png file, values in memory for other files, or a
/// summary.
class TiledOutput {
public:
  /// `shape`: N x C x H x W.
  TiledOutput(OutKind kind, const std::vector<int64_t> &shape);
  /// For OutKind::Png, before the first rows and after the last ones. Errors are sentences.
  bool openPng(const std::string &path, std::string &error);
  bool closePng(std::string &error);
  /// The next rows, one image after the other.
  bool take(const FinishedRows &rows, std::string &error);

  image::Tensor tensor; ///< without values but for OutKind::Npy and OutKind::Folder
  Summary summary;      ///< for OutKind::None

private:
  OutKind kind;
  int64_t image = -1;
  image::PngWriter png;
};

/// A class, and its part of the softmax of all.
struct ClassPart {
  size_t which;
  double part;
};

/// The best classes of one image's logits, the best first, at most five; what is not a number comes last.
std::vector<ClassPart> bestClasses(const float *logits, size_t count);

/// A line for people about an output of one input file.
std::string describeSummary(const std::string &input, const OutputInfo &output, const std::vector<int64_t> &shape,
                            const Summary &summary);

/// A few lines for people about one output of one input file.
std::string describeOutput(const std::string &input, const OutputInfo &output, const image::Tensor &tensor,
                           const std::vector<std::string> &labels);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_OUTPUTS_H
