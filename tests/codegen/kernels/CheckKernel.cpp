//===- CheckKernel.cpp - every instruction set, every size ----------------===//
#include "tests/codegen/kernels/CompiledKernel.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <iostream>

namespace swin::test {

void checkKernel(const std::string &module, const std::string &label, const std::vector<MapSize> &sizes, double limit,
                 RunOptions options, const AdjustArguments &adjust) {
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(module, isa);
    ASSERT_TRUE(kernel.good()) << isa << "\n" << module;
    double most = 0;
    for (const MapSize &size : sizes) {
      SCOPED_TRACE(isa + " at " + std::to_string(size.batch) + "x" + std::to_string(size.height) + "x" +
                   std::to_string(size.width));
      auto arguments = hazards(kernel.graph(), size);
      if (adjust)
        adjust(arguments);
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

void checkImages(const CompiledKernel &kernel, const std::vector<ref::Tensor> &arguments, const RunOptions &options) {
  const ref::Tensor &map = arguments[0];
  std::vector<double> all = kernel.run(arguments, map.shape, options).values;
  size_t images = static_cast<size_t>(map.shape[0]), size = all.size() / images;
  for (size_t i = 0; i < images; ++i) {
    std::vector<ref::Tensor> one = arguments;
    one[0].shape[0] = 1;
    one[0].values.assign(map.values.begin() + i * size, map.values.begin() + (i + 1) * size);
    EXPECT_EQ(kernel.run(one, one[0].shape, options).values,
              std::vector<double>(all.begin() + i * size, all.begin() + (i + 1) * size))
        << "image " << i;
  }
}

} // namespace swin::test
