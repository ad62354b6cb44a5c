//===- ReportStyle.h - what a report's style has beyond that of all pages -===//
#ifndef SWIN_TOOLS_TUNE_REPORTSTYLE_H
#define SWIN_TOOLS_TUNE_REPORTSTYLE_H

namespace swin::tools {

/// Behind pageStyle. Holds neither "<" nor "&".
extern const char *const reportStyle;

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTSTYLE_H
