//===- Compute.cpp - run a few ops on values ------------------------------===//
#include "tests/passes/reference/Compute.h"

#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace mlir;

namespace swin::test {
namespace {

size_t sizeOf(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), size_t(1),
                         [](size_t count, int64_t extent) { return count * static_cast<size_t>(extent); });
}

llvm::Expected<Tensor> run(const std::string &signature, const std::string &body,
                           const std::vector<Tensor> &arguments) {
  std::string result = signature.substr(signature.rfind("-> ") + 3);
  Parsed parsed("swin.kernel @k tokens activations 1 " + signature + " {\n" + body + "\nswin.yield %r : " + result +
                "\n}\n");
  if (!parsed.module)
    return llvm::createStringError("no module");
  return ref::interpretKernel(&parsed.module->getBody()->front(), arguments);
}

} // namespace

Parsed::Parsed(const std::string &text) {
  context.loadDialect<SwinDialect, func::FuncDialect>();
  std::string errors;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    errors += diagnostic.str() + "\n";
    return success();
  });
  module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(module) << errors << text;
}

Tensor compute(const std::string &signature, const std::string &body, const std::vector<Tensor> &arguments) {
  llvm::Expected<Tensor> result = run(signature, body, arguments);
  if (result)
    return std::move(*result);
  ADD_FAILURE() << llvm::toString(result.takeError());
  return {};
}

std::string refusal(const std::string &signature, const std::string &body, const std::vector<Tensor> &arguments) {
  llvm::Expected<Tensor> result = run(signature, body, arguments);
  return result ? "" : llvm::toString(result.takeError());
}

Tensor counted(std::vector<int64_t> shape) {
  std::vector<double> values(sizeOf(shape));
  std::iota(values.begin(), values.end(), 0.0);
  return {std::move(shape), std::move(values)};
}

Tensor randomTensor(std::vector<int64_t> shape, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<double> values(sizeOf(shape));
  for (double &value : values)
    value = static_cast<double>(random()) / 2147483648.0 - 1;
  return {std::move(shape), std::move(values)};
}

Tensor filled(std::vector<int64_t> shape, double value) {
  std::vector<double> values(sizeOf(shape), value);
  return {std::move(shape), std::move(values)};
}

double difference(const Tensor &a, const Tensor &b) {
  if (a.shape != b.shape)
    return std::numeric_limits<double>::infinity();
  double largest = 0;
  for (size_t i = 0; i < a.values.size(); ++i)
    // Not max(): it would lose a NaN.
    if (double d = std::abs(a.values[i] - b.values[i]); !(d <= largest))
      largest = d;
  return largest;
}

} // namespace swin::test
