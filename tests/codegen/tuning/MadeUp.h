//===- MadeUp.h - a space of schedules whose times are a formula ----------===//
#ifndef SWIN_TESTS_CODEGEN_TUNING_MADEUP_H
#define SWIN_TESTS_CODEGEN_TUNING_MADEUP_H

#include "codegen/ScheduleSpace.h"

#include <cmath>

namespace swin::tuning {

/// Tiles of rows x vectors that need registers, and a block of whole tiles: much like a kernel's.
inline codegen::ScheduleSpace madeUpSpace() {
  codegen::ScheduleSpace space;
  space.templateName = "madeup 1";
  space.standard = {4, 4, 64, 0};
  space.choices = {{"rows", {1, 2, 3, 4, 5, 6, 8, 12}},
                   {"vectors", {1, 2, 3, 4, 6}},
                   {"block", {16, 24, 32, 48, 64, 96, 128, 192, 256}},
                   {"ahead", {0, 1, 2, 4}}};
  space.problem = [](const codegen::ScheduleNumbers &numbers) -> std::string {
    if (numbers[0] * numbers[1] > 28)
      return "too many registers";
    return numbers[2] % numbers[0] == 0 ? "" : "a block is whole tiles";
  };
  space.settle = [](codegen::ScheduleNumbers numbers) -> std::optional<codegen::ScheduleNumbers> {
    if (numbers[0] * numbers[1] > 28)
      return std::nullopt;
    numbers[2] = std::max<int64_t>(1, numbers[2] / numbers[0]) * numbers[0];
    return numbers;
  };
  space.featureNames = {"reads for each multiply-add", "bytes of a block"};
  space.features = [](const codegen::ScheduleNumbers &numbers, const codegen::KernelExtent &) {
    double rows = static_cast<double>(numbers[0]), vectors = static_cast<double>(numbers[1]);
    return std::vector<double>{1 / rows + 1 / vectors, static_cast<double>(numbers[2]) * 384};
  };
  return space;
}

/// Default's time / the schedule's. The best is rows=6, vectors=4 with a block of 96 and ahead=2.
inline double madeUpRatio(const codegen::ScheduleNumbers &numbers) {
  auto time = [](const codegen::ScheduleNumbers &of) {
    double rows = static_cast<double>(of[0]), vectors = static_cast<double>(of[1]);
    return 1 + 0.9 / rows + 0.8 / vectors + 0.05 * std::abs(std::log2(static_cast<double>(of[2]) / 96)) +
           0.02 * std::abs(static_cast<double>(of[3] - 2));
  };
  return time({4, 4, 64, 0}) / time(numbers);
}

} // namespace swin::tuning

#endif // SWIN_TESTS_CODEGEN_TUNING_MADEUP_H
