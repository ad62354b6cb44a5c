//===- Reference.cpp - a model as the interpreter computes it -------------===//
// swin-reference MODEL [--stage graph|kernels] [options of swin-compile] IMAGE.npy FOLDER
// reads a model as swin-compile does and writes FOLDER/<output>.npy in float64: what
// the graph says (default), or the calls of kernels that the passes make of it.
// Exit status: 0 done; 1 wrong command line; 2 anything else.
//===----------------------------------------------------------------------===//
#include "passes/reference/Interpreter.h"
#include "passes/transforms/Pipelines.h"
#include "runtime/image/Npy.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>
#include <fstream>

using namespace swin;

namespace {

struct Arguments {
  tools::Options model;
  bool kernels = false;
  std::string image, folder;
};

/// Every option has a value; the last two of the other words are ours.
Arguments parse(const std::vector<std::string> &words, std::vector<std::string> &errors) {
  Arguments result;
  std::vector<std::string> plain, rest;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--stage") {
      std::string stage = i + 1 < words.size() ? words[++i] : "";
      result.kernels = stage == "kernels";
      if (stage != "graph" && stage != "kernels")
        errors.push_back("--stage: expected graph or kernels; found '" + stage + "'");
    } else if (words[i].starts_with("--")) {
      rest.push_back(words[i]);
      if (i + 1 < words.size())
        rest.push_back(words[++i]);
    } else {
      plain.push_back(words[i]);
    }
  }
  if (plain.size() < 2) {
    errors.push_back("expected IMAGE.npy and FOLDER at the end");
    return result;
  }
  result.folder = plain.back();
  plain.pop_back();
  result.image = plain.back();
  plain.pop_back();
  rest.insert(rest.end(), plain.begin(), plain.end());
  result.model = tools::parseOptions(rest, errors);
  result.model.emit = {"kernels"}; // a stage that needs weights
  return result;
}

std::string writeDoubles(const std::string &path, const ref::Tensor &tensor) {
  std::string sizes;
  for (int64_t size : tensor.shape)
    sizes += std::to_string(size) + ", ";
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + sizes + "), }";
  header.append(63 - (10 + header.size()) % 64, ' ').push_back('\n');
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\x00' << static_cast<char>(header.size() & 255)
       << static_cast<char>(header.size() >> 8) << header;
  file.write(reinterpret_cast<const char *>(tensor.values.data()), tensor.values.size() * sizeof(double));
  file.close();
  return file ? "" : path + ": error: cannot be written";
}

/// What went wrong, nothing if all is well.
std::vector<std::string> run(const Arguments &arguments) {
  std::string why;
  auto image = image::readNpy(arguments.image, why);
  if (!image)
    return {arguments.image + ": error: " + why};
  mlir::MLIRContext context;
  tools::Model model;
  std::vector<dsl::Diagnostic> wrong;
  tools::loadModel(arguments.model, context, model, wrong);
  std::vector<std::string> errors = dsl::headlines(wrong);
  if (!errors.empty())
    return errors;
  if (arguments.kernels) {
    mlir::PassManager manager(&context);
    passes::buildKernelsPipeline(manager, passes::KernelsOptions(), &model.constants);
    if (mlir::failed(manager.run(*model.graph)))
      return {"error: the passes failed"};
  }
  ref::Tensor input{image->shape, {image->values.begin(), image->values.end()}};
  auto outputs = ref::interpret(*model.graph, model.constants, input);
  if (!outputs)
    return {arguments.image + ": error: " + llvm::toString(outputs.takeError())};
  std::error_code code;
  std::filesystem::create_directories(arguments.folder, code);
  for (const auto &[name, tensor] : *outputs)
    if (std::string error = writeDoubles(arguments.folder + "/" + name + ".npy", tensor); !error.empty())
      errors.push_back(error);
  return errors;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> errors;
  Arguments arguments = parse({argv + (argc > 0), argv + argc}, errors);
  for (const std::string &error : errors)
    llvm::errs() << "swin-reference: error: " << error << '\n';
  if (!errors.empty())
    return 1;
  errors = run(arguments);
  for (const std::string &error : errors)
    llvm::errs() << error << '\n';
  return errors.empty() ? 0 : 2;
}
