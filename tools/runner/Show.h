//===- Show.h - pictures of what a model does ------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_SHOW_H
#define SWIN_TOOLS_RUNNER_SHOW_H

#include "tools/runner/Options.h"
#include "tools/runner/Outputs.h"

#include <string>
#include <vector>

namespace swin::runner {

/// Whether it can be asked for: top5, stages, slider.
bool isShow(const std::string &show);

/// Whether `show` is drawn on the picture itself, so that an array does not do.
bool needsPicture(const std::string &show);

/// Why OUT is no name of what `show` makes, or why a model of these outputs has nothing to show, a sentence; "" = it
/// can be made.
std::string whyNotOut(const std::string &show, const std::string &out);
std::string whyNotShown(const std::string &show, const std::vector<OutputInfo> &outputs);

/// Stages what options.show makes of its one input's outputs: top5, the picture with its best classes; stages, a folder
/// with `stageN.png`, in colours that are a token's principal components; slider, a page that has a picture enlarged by
/// interpolation beside the result. Errors are sentences that begin with OUT's name.
bool writeShown(StagedFiles &files, const Options &options, const ModelInfo &info,
                const std::vector<image::Tensor> &values, const Source &source, std::string &error);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_SHOW_H
