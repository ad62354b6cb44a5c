//===- Fields.h - the fields of a result by name --------------------------===//
// The one list of them: columns of the database and fields of a JSON line have these names and this order.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_FIELDS_H
#define SWIN_CODEGEN_TUNING_FIELDS_H

#include "codegen/tuning/Result.h"

namespace swin::tuning {

/// Of files and of lines.
constexpr int64_t formatVersion = 1;

/// visit(name, field) for each field of a Setting.
template <typename SettingType, typename Visit> void visitSetting(SettingType &setting, Visit &&visit) {
  visit("signature", setting.signature);
  visit("isa", setting.isa);
  visit("cpu", setting.cpu);
  visit("compiler", setting.compiler);
  visit("template", setting.templateName);
}

/// visit(name, field) for each field of a Result; fields are std::string, int64_t, int, double, bool, Outcome and
/// std::vector<int64_t>.
template <typename ResultType, typename Visit> void visitFields(ResultType &result, Visit &&visit) {
  visitSetting(result.setting, visit);
  visit("kernel", result.kernel);
  visit("structure", result.structure);
  visit("extents", result.extents);
  visit("sizes", result.sizes);
  visit("macs", result.macs);
  visit("threads", result.threads);
  visit("schedule", result.schedule);
  visit("standard", result.standard);
  visit("outcome", result.outcome);
  visit("message", result.message);
  visit("error", result.error);
  visit("cold_ms", result.times.cold);
  visit("warm_ms", result.times.warm);
  visit("standard_cold_ms", result.times.standardCold);
  visit("standard_warm_ms", result.times.standardWarm);
  visit("spread", result.times.spread);
  visit("ratio", result.times.ratio);
  visit("rounds", result.times.rounds);
  visit("peak_gmacs", result.peak);
  visit("confirmed", result.confirmed);
  visit("run", result.run);
  visit("strategy", result.strategy);
  visit("seed", result.seed);
  visit("number", result.number);
  visit("seconds", result.seconds);
}

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_FIELDS_H
