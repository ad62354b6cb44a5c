//===- Stages.h - where the texts of stages go ----------------------------===//
#ifndef SWIN_TOOLS_COMPILE_STAGES_H
#define SWIN_TOOLS_COMPILE_STAGES_H

#include "codegen/Compile.h"
#include "tools/compile/Options.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::tools {

/// Stages of --emit go to stdout, one after the other; all of them go to files of
/// --dump-to: 1-spec.json, 2-graph.mlir ... 6-llvm.ll, kernels/SYMBOL.o.
class Stages {
public:
  explicit Stages(const Options &options) : options(options) {}
  /// Makes the folder of --dump-to.
  llvm::Error prepare();
  /// The stages that the compiler has to hand out.
  std::vector<codegen::Stage> wanted() const;

  // Errors: a file or standard output cannot be written.
  llvm::Error takeSpec(const std::string &text) { return take("spec", text); }
  llvm::Error take(codegen::Stage stage, const std::string &text) { return take(codegen::stageName(stage), text); }
  llvm::Error takeKernel(const std::string &symbol, const codegen::ObjectBytes &object);

private:
  llvm::Error take(const std::string &stage, const std::string &text);
  llvm::Error print(const std::string &stage, const std::string &text);

  const Options &options;
  bool printed = false;
};

/// Standard output has what was printed; else why not.
llvm::Error flushOutput();

/// Writes a whole file.
llvm::Error writeFile(const std::string &path, llvm::StringRef text);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_STAGES_H
