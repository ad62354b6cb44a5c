//===- ReportParameters.h - a sentence for each parameter of a schedule ---===//
#ifndef SWIN_TOOLS_TUNE_REPORTPARAMETERS_H
#define SWIN_TOOLS_TUNE_REPORTPARAMETERS_H

#include <string>

namespace swin::tools {

/// What a parameter of a template says, for people who never saw a schedule; `kind` is "fast tokens", `name` is
/// "products.0.chunk". "" = none is known.
std::string parameterSentence(const std::string &kind, const std::string &name);
/// What the loops of a kind of kernel do, in a sentence. "" = none is known.
std::string templateSentence(const std::string &kind);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTPARAMETERS_H
