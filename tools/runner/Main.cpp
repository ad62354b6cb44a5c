//===- Main.cpp - main of the executable of one model ----------------------===//
// SWINMODEL becomes the model's name when the executable is made.
//===----------------------------------------------------------------------===//
#include "tools/runner/Runner.h"

#include <climits>
#include <unistd.h>

/// Where this program lies, whatever it was called by.
static std::string ownFolder() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::string own(path, length > 0 ? static_cast<size_t>(length) : 0);
  size_t end = own.find_last_of('/');
  return end == std::string::npos ? "." : own.substr(0, end);
}

int main(int argc, char **argv) {
  const swin::runner::Api api = {
      SWINMODEL_open,    SWINMODEL_workspace_size, SWINMODEL_num_outputs, SWINMODEL_output_shape,
      SWINMODEL_run,     SWINMODEL_error,          SWINMODEL_isa,         SWINMODEL_threads,
      SWINMODEL_info,    SWINMODEL_selftest,       SWINMODEL_num_calls,   SWINMODEL_work,
      SWINMODEL_profile, SWINMODEL_watch,          SWINMODEL_close};
  std::string program = argc > 0 ? argv[0] : "model";
  program = program.substr(program.find_last_of('/') + 1);
  return swin::runner::runModel(api, program, program, {argv + (argc > 0), argv + argc}, 1, ownFolder());
}
