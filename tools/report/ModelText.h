//===- ModelText.h - what ops and kernels are, in words -------------------===//
// For somebody who never saw a compiler.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_REPORT_MODELTEXT_H
#define SWIN_TOOLS_REPORT_MODELTEXT_H

#include "tools/report/ModelReport.h"

#include <string>
#include <string_view>

namespace swin::tools {

inline constexpr std::string_view times = "\xC3\x97", arrow = "\xE2\x86\x92", none = "\xE2\x80\x93";

/// What an op is called on a drawing, and what it does, a sentence; its own name and "" if it is not known here.
struct OpText {
  std::string_view name, sentence;
  /// It changes no number, only where it stands: in a kernel an address.
  bool isMove = false;
};
OpText opText(std::string_view op);

/// What kernels of a kind do, a clause.
std::string_view kindText(std::string_view kind);
/// The class that has its colour: "kind-windows"; of an unknown kind "kind-other".
std::string kindClass(std::string_view kind);

/// "56 x 56 x 96": all sizes but that of the batch.
std::string shapeText(const ModelReport::Shape &shape);
double elements(const ModelReport::Shape &shape);
/// "1.23 M", "4.49 G".
std::string countText(double count);
/// "1.23 MB", of 1000 each.
std::string bytesText(double bytes);
/// Three digits that count, at most three behind the point.
std::string timeText(double milliseconds);
std::string percentText(double part);

/// What a call computes, from its ops: "layer norm, linear 96 -> 384, GELU, linear 384 -> 96, sum". `isShort`: without
/// norms, sums and what only moves; attention stands for its linear maps.
std::string callText(const ModelReport &report, const ModelReport::Call &call, bool isShort);

/// Of the attention in a call: how many windows cover the map, and how large each is; all 0 without any.
struct WindowGrid {
  int64_t rows = 0, columns = 0, height = 0, width = 0;
  bool isShifted = false;
};
WindowGrid windowGrid(const ModelReport &report, const ModelReport::Call &call);

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MODELTEXT_H
