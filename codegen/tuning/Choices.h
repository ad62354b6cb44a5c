//===- Choices.h - results that schedules may be taken from ---------------===//
#ifndef SWIN_CODEGEN_TUNING_CHOICES_H
#define SWIN_CODEGEN_TUNING_CHOICES_H

#include "codegen/tuning/Database.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::tuning {

/// Of each setting the best result; where nothing that was tried is better than the default rule, a result that is
/// `standard`; its text is "" if the default rule was not tried.
llvm::Expected<std::vector<Result>> choicesOf(const Database &database);

/// Those of these instruction sets, this compiler and `cpu`: a CPU's name, or what stands in one name alone.
/// Error: the database has no such results; says which it has.
llvm::Expected<std::vector<Result>> choicesOf(const Database &database, const std::vector<std::string> &isas,
                                              const std::string &cpu);

/// The results that are confirmed or `standard`, a line of JSON each, of `text`, which is untrusted and whose name is
/// `path`. Of others, `notes` gets a sentence.
std::vector<Result> choicesOf(llvm::StringRef text, const std::string &path, std::vector<std::string> &notes);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_CHOICES_H
