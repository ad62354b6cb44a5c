//===- Runner.h - the program around a compiled model ----------------------===//
// The same for every model: the executable NAME has it linked in, swin-run loads a
// library. See docs/Contract.md.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_RUNNER_H
#define SWIN_TOOLS_RUNNER_RUNNER_H

#include "runtime/NAME.h.in"

#include <string>
#include <vector>

namespace swin::runner {

/// The functions of NAME.h. SWINMODEL stands for the model's name: the types of all models are the same.
struct Api {
  int (*open)(SWINMODEL_session **out, const SWINMODEL_options *options);
  size_t (*workspaceSize)(int n, int h, int w);
  int (*numOutputs)();
  int (*outputShape)(int output, int n, int h, int w, long long shape[6]);
  int (*run)(SWINMODEL_session *, const float *input, int n, int h, int w, float *const outputs[]);
  const char *(*error)(const SWINMODEL_session *);
  const char *(*isa)(const SWINMODEL_session *);
  int (*threads)(const SWINMODEL_session *);
  const char *(*info)();
  int (*selftest)(SWINMODEL_session *, char *message, size_t size);
  int (*numCalls)();
  int (*work)(int n, int h, int w, SWINMODEL_call calls[]);
  int (*profile)(SWINMODEL_session *, SWINMODEL_call calls[]);
  int (*watch)(SWINMODEL_session *, SWINMODEL_take *take, void *context);
  void (*close)(SWINMODEL_session *);
};

enum Status { Done = 0, WrongCommandLine = 1, WrongInput = 2, OurBug = 3, Differs = 4 };

/// Does what the arguments say and returns the exit status. `program` begins error messages, `usage` is how the command
/// begins, `firstNumber` how errors count the first argument, `folder` where a file of weights is looked for. Results
/// go to stdout, errors to stderr.
int runModel(const Api &api, const std::string &program, const std::string &usage,
             const std::vector<std::string> &arguments, int firstNumber, const std::string &folder);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_RUNNER_H
