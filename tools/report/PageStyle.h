//===- PageStyle.h - style and script of all pages ------------------------===//
#ifndef SWIN_TOOLS_REPORT_PAGESTYLE_H
#define SWIN_TOOLS_REPORT_PAGESTYLE_H

namespace swin::tools {

// Neither holds "<" or "&": pages are HTML and XML.
/// Colours, light and dark, texts, tables, what drawings have in common.
extern const char *const pageStyle;
/// Sorts tables of class "sorted" by the column whose head is clicked. A page says all without it.
extern const char *const sortScript;

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_PAGESTYLE_H
