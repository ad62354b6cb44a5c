//===- ModelStyle.h - what a model's page has beyond the style of all -----===//
#ifndef SWIN_TOOLS_REPORT_MODELSTYLE_H
#define SWIN_TOOLS_REPORT_MODELSTYLE_H

namespace swin::tools {

/// Behind pageStyle. Holds neither "<" nor "&".
extern const char *const modelStyle;

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MODELSTYLE_H
