//===- Report.h - what tuning found, as a page ----------------------------===//
#ifndef SWIN_TOOLS_TUNE_REPORT_H
#define SWIN_TOOLS_TUNE_REPORT_H

#include "codegen/tuning/Database.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

namespace swin::tools {

struct ReportOptions {
  std::string run;    ///< results of this run alone; "" = of all
  std::string cpu;    ///< results of CPUs whose name has this in it; "" = of all
  std::string source; ///< the database's name, for the page's head
};

/// Writes one HTML file that needs no other: text, tables, drawings, and the results as JSON. It is XML, too.
/// Errors: the database cannot be read; it has no result of the run or CPU that is asked for, and says which it has.
llvm::Error writeReport(const tuning::Database &database, const ReportOptions &options, llvm::raw_ostream &out);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORT_H
