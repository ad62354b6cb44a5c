//===- Outputs.h - what becomes of a model's outputs -----------------------===//
#ifndef SWIN_TOOLS_RUNNER_OUTPUTS_H
#define SWIN_TOOLS_RUNNER_OUTPUTS_H

#include "runtime/image/Npy.h"
#include "tools/runner/Info.h"

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
enum class OutKind { None, Npy, Png, Folder };
std::optional<OutKind> classifyOut(const std::string &out, const std::vector<OutputInfo> &outputs, std::string &error);

/// Stages the outputs. Errors are sentences that begin with the file's name.
bool writeOutputs(StagedFiles &files, OutKind kind, const std::string &out, const std::vector<OutputInfo> &outputs,
                  const std::vector<image::Tensor> &values, std::string &error);

/// A few lines for people about one output of one input file.
std::string describeOutput(const std::string &input, const OutputInfo &output, const image::Tensor &tensor,
                           const std::vector<std::string> &labels);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_OUTPUTS_H
