//===- ReportStyle.h - style and script of a report -----------------------===//
#ifndef SWIN_TOOLS_TUNE_REPORTSTYLE_H
#define SWIN_TOOLS_TUNE_REPORTSTYLE_H

namespace swin::tools {

// Neither holds "<" or "&": the page is HTML and XML.
extern const char *const reportStyle;
/// Sorts tables by the column whose head is clicked. The page says all without it.
extern const char *const reportScript;

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTSTYLE_H
