//===- ModelSections.h - the sections of a model's page -------------------===//
// Each writes its heading, what one sees, and the figures. Every number names the value of the report's JSON that it
// is, `data-of`, or what it was made of, `data-how`, and has it exactly, `data-value`, however it is rounded.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_REPORT_MODELSECTIONS_H
#define SWIN_TOOLS_REPORT_MODELSECTIONS_H

#include "tools/report/Drawing.h"
#include "tools/report/ModelReport.h"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace swin::tools {

/// A number of the JSON, `text` for people: `of` is its path, "kernels/3/macs".
void figure(Markup &html, const std::string &of, int64_t value, std::string_view text);
void figure(Markup &html, const std::string &of, double value, std::string_view text);
/// A number made of the JSON's: `how` says by which rule, `of` of what.
void derived(Markup &html, std::string_view how, const std::string &of, double value, std::string_view text);
/// As it was read, or as few digits as tell it apart from all others.
std::string exact(double value);

void heading(Markup &html, std::string_view id, std::string_view text);
void paragraph(Markup &html, std::string_view text, std::string_view kind = "how");

struct Column {
  std::string_view head;
  std::string_view title; ///< what it is, a sentence
  bool isLeft = false;
};
/// A table whose rows a click on a column's head sorts.
void table(Markup &html, std::string_view caption, const std::vector<Column> &columns,
           const std::function<void()> &rows);
void row(Markup &html, const std::function<void()> &cells);
void cell(Markup &html, std::string_view text, std::string_view kind = "");
/// `key` is what rows are sorted by.
void cell(Markup &html, double key, const std::function<void()> &content);
/// Colours of the kinds of kernels that there are.
void kindLegend(Markup &html, const ModelReport &report);

/// Calls that follow each other and have the first parts of their layers' names in common: "layers.0", "decode_head",
/// and within them "blocks.1".
struct Part {
  struct Block {
    std::string name;
    std::vector<size_t> calls;
  };
  std::string name;
  std::vector<Block> blocks;

  size_t first() const { return blocks.front().calls.front(); }
  size_t last() const { return blocks.back().calls.back(); }
};
std::vector<Part> partsOf(const ModelReport &report);
/// "Stage 2" for what stands for "layers.1" and has blocks with attention, else the name in words.
std::string partTitle(const ModelReport &report, const Part &part);

void writeHead(Markup &html, const ModelReport &report);
void writeModel(Markup &html, const ModelReport &report);
void writeFusion(Markup &html, const ModelReport &report);
void writeKernels(Markup &html, const ModelReport &report);
void writeTimes(Markup &html, const ModelReport &report);
void writeMemory(Markup &html, const ModelReport &report);
void writeRemarks(Markup &html, const ModelReport &report);
void writeFiles(Markup &html, const ModelReport &report);

/// An <svg> as wide as the page; where that is narrow, it is scrolled before its texts are too small to be read.
void wideDrawing(Markup &html, double width, double height, std::string_view label,
                 const std::function<void()> &content);

/// Where drawings have calls side by side, one after the other.
struct CallAxis {
  Scale x; ///< of a call's index
  double top, bottom;
};
/// Names of the parts below the axis, where there is room, turned where it is narrow; a line where each begins.
void drawParts(Markup &html, const ModelReport &report, const CallAxis &axis);

// Without headings, parts of writeTimes.
/// A bar for each kernel, the longest first, and where its bound is.
void drawKernelTimes(Markup &html, const ModelReport &report);
/// A bar for each call, in the order of a run.
void drawCallTimes(Markup &html, const ModelReport &report);
/// Multiply-adds in a second over multiply-adds for each byte.
void drawRoofline(Markup &html, const ModelReport &report);

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MODELSECTIONS_H
