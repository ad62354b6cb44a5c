//===- Results.h - results as searches make them --------------------------===//
#ifndef SWIN_TESTS_CODEGEN_TUNING_RESULTS_H
#define SWIN_TESTS_CODEGEN_TUNING_RESULTS_H

#include "codegen/tuning/Database.h"

#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace swin::test {

/// Each field has a value of its own.
inline tuning::Result exampleResult(int64_t number = 1, double ratio = 1.25, const std::string &schedule = "rows=8") {
  tuning::Result result;
  result.setting = {std::string(62, 'a') + "07", "x86-64-v3", "Vendor 1 2 Name", "0.1.0 llvm 22 halide 21", "tokens 1"};
  result.kernel = "mlp_96";
  result.structure = "tokens(layer_norm, linear)\n\"gelu\" \xc3\xa4";
  result.extents = {96, -1, 384, INT64_MIN, INT64_MAX};
  result.sizes = "2 x 1x56x56";
  result.macs = 231211008;
  result.threads = 2;
  result.schedule = schedule;
  result.outcome = tuning::Outcome::Measured;
  result.message = "two\nlines";
  result.error = 1.0 / 3;
  result.times = {0.1, 0.2, 0.3, 0.4, 0.05, ratio, 17};
  result.peak = 58.75;
  result.confirmed = true;
  result.run = "run 1";
  result.strategy = "model";
  result.seed = -5;
  result.number = number;
  result.seconds = 1e-3;
  return result;
}

/// The value, or a failure of the test.
template <typename T> T good(llvm::Expected<T> value) {
  if (!value) {
    ADD_FAILURE() << llvm::toString(value.takeError());
    std::abort();
  }
  return std::move(*value);
}

inline std::string message(llvm::Error error) { return error ? llvm::toString(std::move(error)) : ""; }
template <typename T> std::string message(llvm::Expected<T> value) { return message(value.takeError()); }

inline tuning::Database writable(const std::string &path) {
  return good(tuning::Database::open(path, tuning::Database::Access::Write));
}
inline tuning::Database readable(const std::string &path) {
  return good(tuning::Database::open(path, tuning::Database::Access::Read));
}

/// Lines of all results.
inline std::vector<std::string> lines(const tuning::Database &database, const tuning::Setting *setting = nullptr) {
  std::vector<std::string> found;
  EXPECT_EQ(message(database.forEach(setting,
                                     [&](const tuning::Result &result) { found.push_back(tuning::jsonLine(result)); })),
            "");
  return found;
}

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_TUNING_RESULTS_H
