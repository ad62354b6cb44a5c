//===- ModelOptions.h - which model, and how it is used -------------------===//
// Options that all programs have which read models.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_MODELOPTIONS_H
#define SWIN_TOOLS_COMPILE_MODELOPTIONS_H

#include "tools/CommandLine.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::tools {

struct ModelOptions {
  std::string model;                ///< path; "" with --arch
  std::string arch;                 ///< name of a preset, of timm's or of a family; "" with MODEL
  std::string name;                 ///< "" = follows from the model
  std::string weights;              ///< path, "synthetic", or "" = where the model says
  int64_t height = 0, width = 0;    ///< 0 = any
  int64_t batch = 0;                ///< 0 = any
  std::string semantics;            ///< "" = that of the weights
  std::vector<std::string> outputs; ///< empty = the model's
  std::vector<std::string> targets; ///< instruction sets, best first, of one architecture
  std::string cache;                ///< of kernels: path, "off", or "" = where the environment says
  bool fastMatmul = false;
  bool verbose = false, quiet = false;
  bool jsonDiagnostics = false; ///< errors and notes as lines of JSON

  bool wantsGraph = true;  ///< or the description alone
  bool wantsValues = true; ///< of weights; the graph needs none
  bool wantsName = true;   ///< that symbols can begin with
  bool mayInvent = false;  ///< where there are no weights they are synthetic
};

/// Takes MODEL.
void takeModel(CommandLine &line, ModelOptions &options, const std::string &argument);
/// "--arch" ... "--fast-matmul", "--target": as the table of a program lists them. The texts of options whose defaults
/// depend on the program are its own.
Option archOption(CommandLine &line, ModelOptions &options);
Option weightsOption(CommandLine &line, ModelOptions &options, const char *help);
Option targetOption(CommandLine &line, ModelOptions &options, const char *help);
Option sizeOption(CommandLine &line, ModelOptions &options, const char *value, const char *help);
Option batchOption(CommandLine &line, ModelOptions &options, const char *value, const char *help);
Option semanticsOption(CommandLine &line, ModelOptions &options);
Option outputsOption(CommandLine &line, ModelOptions &options);
Option fastMatmulOption(ModelOptions &options);
Option cacheOption(ModelOptions &options);
Option diagnosticsOption(CommandLine &line, ModelOptions &options);
/// -v and -q.
OptionTable loudnessOptions(ModelOptions &options, const char *verbose);

/// What is wrong with the model options together.
void checkModelOptions(CommandLine &line, const ModelOptions &options, std::vector<std::string> &errors);

/// The best instruction set that this machine has; "" = none.
std::string hostTarget();

/// What is wrong with a model's name, or "".
std::string checkName(const std::string &name);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_MODELOPTIONS_H
