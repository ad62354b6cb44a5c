//===- CheckKernel.cpp - every instruction set, every size ----------------===//
#include "tests/codegen/kernels/CompiledKernel.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <iostream>

namespace swin::test {

void checkKernel(const std::string &module, const std::string &label, const std::vector<MapSize> &sizes, double limit,
                 RunOptions options) {
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(module, isa);
    ASSERT_TRUE(kernel.good()) << isa << "\n" << module;
    double most = 0;
    for (const MapSize &size : sizes) {
      SCOPED_TRACE(isa + " at " + std::to_string(size.batch) + "x" + std::to_string(size.height) + "x" +
                   std::to_string(size.width));
      auto arguments = hazards(kernel.graph(), size.batch, size.height, size.width);
      ref::Tensor expected = kernel.expected(arguments);
      options.threads = 1;
      ref::Tensor one = kernel.run(arguments, expected.shape, options);
      double error = difference(one, expected);
      EXPECT_LE(error, limit) << module;
      most = std::max(most, error);
      options.threads = 3;
      EXPECT_EQ(kernel.run(arguments, expected.shape, options).values, one.values)
          << "bits depend on the number of threads";
    }
    std::cout << label << " " << isa << ": " << most << "\n";
  }
}

} // namespace swin::test
