//===- Schema.h - the tables of a database --------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_SCHEMA_H
#define SWIN_CODEGEN_TUNING_SCHEMA_H

#include <cstdint>
#include <string>
#include <vector>

namespace swin::tuning {

constexpr int64_t applicationId = 0x5357494e; ///< "SWIN", in the header of a file

/// Statements that make the tables, indices, triggers and views of a file; one with anything else is not ours.
std::vector<std::string> schema();

/// "signature, isa, ...": of table and views, in the order of visitFields.
std::string resultColumns();
/// "signature = ? AND isa = ? ...", in the order of visitSetting.
std::string isSetting();

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SCHEMA_H
