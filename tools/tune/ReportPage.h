//===- ReportPage.h - a report's text, tables and drawings ----------------===//
#ifndef SWIN_TOOLS_TUNE_REPORTPAGE_H
#define SWIN_TOOLS_TUNE_REPORTPAGE_H

#include "tools/tune/ReportData.h"

#include <string>
#include <vector>

namespace swin::tools {

/// The results as JSON without "<", ">" and "&": docs/Tuning.md, "Reading the report". Numbers have seven digits.
std::string reportJson(const ReportFigures &figures, const std::vector<tuning::Result> &results);

/// The page, from <!DOCTYPE> to </html>. `source` is what the results are of, in words.
std::string pageText(const ReportFigures &figures, const std::vector<tuning::Result> &results,
                     const std::string &source);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTPAGE_H
