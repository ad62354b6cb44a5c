//===- ModelDrawing.cpp - the model as stages and blocks ------------------===//
#include "tools/report/Drawing.h"
#include "tools/report/ModelSections.h"
#include "tools/report/ModelText.h"

#include <algorithm>
#include <cctype>
#include <cmath>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

constexpr string_view explain =
    "From the image at the top to what comes out at the bottom. A box at the left is a map: its front is as large as "
    "the "
    "map's height and width, its depth grows with the number of channels. At the right are the parts that compute on "
    "it, in the order of a run; each coloured line is one call of a kernel. Grids are the windows within which "
    "attention looks; where they are shifted, the windows of this block lie across the borders of those before.";

std::vector<string_view> splitName(string_view name) {
  std::vector<string_view> pieces;
  while (!name.empty()) {
    size_t end = std::min(name.find('.'), name.size());
    pieces.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return pieces;
}

bool isNumber(string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

string joined(const std::vector<string_view> &pieces, size_t from, size_t to) {
  string text;
  for (size_t i = from; i < to; ++i)
    text += (i > from ? "." : "") + string(pieces[i]);
  return text;
}

/// How many pieces name a part: "layers.0" two, "head" one.
size_t partPieces(const std::vector<string_view> &pieces) {
  return std::min<size_t>(pieces.size(), pieces.size() > 1 && isNumber(pieces[1]) ? 2 : 1);
}

/// Where the block's name ends: behind the next number, or else one piece.
size_t blockEnd(const std::vector<string_view> &pieces, size_t from) {
  for (size_t i = from; i < pieces.size(); ++i)
    if (isNumber(pieces[i]))
      return i + 1;
  return std::min(from + 1, pieces.size());
}

bool hasAttention(const ModelReport &report, const Part &part) {
  for (const Part::Block &block : part.blocks)
    for (size_t i : block.calls)
      if (windowGrid(report, report.calls[i]).rows > 0)
        return true;
  return false;
}

/// A map as a box: sizes grow with logarithms, for 512 x 512 x 3 and 7 x 7 x 768 must be seen side by side.
void drawMap(Markup &html, const ModelReport::Shape &shape) {
  bool isMap = shape.size() == 4;
  auto side = [](double size) { return 8 + 7.5 * std::log2(std::max(1.0, size)); };
  // Channels are in front of sizes in what leaves the model as an image.
  bool channelsFirst = isMap && shape[1] < shape[2] && shape[1] < shape[3];
  double channels = double(shape.empty() ? 1 : channelsFirst ? shape[1] : shape.back());
  double height = side(isMap ? double(shape[channelsFirst ? 2 : 1]) : 1);
  double width = side(isMap ? double(shape[channelsFirst ? 3 : 2]) : 1);
  double depth = 2 + 2.6 * std::log2(std::max(1.0, channels));
  double left = 1, top = 1 + depth;
  svg(html, width + depth + 2, height + depth + 2, "A map of " + shapeText(shape), [&] {
    html.element("title", {}, shapeText(shape));
    auto face = [&](string_view kind, std::initializer_list<std::pair<double, double>> corners) {
      string points;
      for (auto [x, y] : corners)
        points += pixels(x) + "," + pixels(y) + " ";
      points.pop_back();
      html.empty("polygon", {{"points", points}, {"class", kind}});
    };
    double right = left + width, bottom = top + height;
    face("face-top", {{left, top}, {left + depth, top - depth}, {right + depth, top - depth}, {right, top}});
    face("face-side", {{right, top}, {right + depth, top - depth}, {right + depth, bottom - depth}, {right, bottom}});
    face("face", {{left, top}, {right, top}, {right, bottom}, {left, bottom}});
  });
}

/// The windows over the map, at most so many lines that they can be told apart.
void drawWindows(Markup &html, const WindowGrid &grid) {
  constexpr double size = 40;
  constexpr int64_t most = 16;
  int64_t rows = std::min(grid.rows, most), columns = std::min(grid.columns, most);
  string text = std::to_string(grid.rows) + " " + string(times) + " " + std::to_string(grid.columns) + " windows of " +
                std::to_string(grid.height) + " " + string(times) + " " + std::to_string(grid.width) +
                (grid.isShifted ? ", shifted" : "");
  svg(html, size + 2, size + 2, text, [&] {
    html.element("title", {}, text);
    rectangle(html, 1, 1, size, size, "map-edge");
    double half = grid.isShifted ? 0.5 : 0;
    for (int64_t i = grid.isShifted ? 0 : 1; i < rows; ++i) {
      double y = 1 + size * (double(i) + half) / double(rows);
      line(html, 1, y, 1 + size, y, "window-edge");
    }
    for (int64_t i = grid.isShifted ? 0 : 1; i < columns; ++i) {
      double x = 1 + size * (double(i) + half) / double(columns);
      line(html, x, 1, x, 1 + size, "window-edge");
    }
  });
}

void writeCall(Markup &html, const ModelReport &report, size_t index) {
  const ModelReport::Call &call = report.calls[index];
  const auto &profile = report.profile;
  html.element("div",
               {{"class", "call " + kindClass(call.kind)},
                {"title", call.layer + ": kernel " + call.kernel + ", " + callText(report, call, false)}},
               [&] {
                 html.element("span", {}, callText(report, call, true));
                 if (profile && index < profile->calls.size()) {
                   double time = profile->calls[index].least;
                   html.element("span",
                                {{"class", "time"},
                                 {"data-of", "profile/inputs/" + std::to_string(profile->input) + "/calls/" +
                                                 std::to_string(index) + "/ms_min"},
                                 {"data-value", exact(time)}},
                                timeText(time) + " ms");
                 }
               });
}

void writeBlock(Markup &html, const ModelReport &report, const Part &part, const Part::Block &block) {
  html.element("div", {{"class", "block"}}, [&] {
    WindowGrid grid;
    for (size_t i : block.calls)
      if (WindowGrid one = windowGrid(report, report.calls[i]); one.rows > 0)
        grid = one;
    if (grid.rows > 0)
      html.element("div", {{"class", "windows"}}, [&] { drawWindows(html, grid); });
    html.element("div", {{"class", "calls"}}, [&] {
      // The part's name stands above a block that is alone.
      if (part.blocks.size() > 1)
        html.element("div", {{"class", "name"}}, [&] {
          html.text(block.name.empty() ? part.name : block.name);
          if (grid.isShifted)
            html.element("span", {{"class", "soft"}}, " shifted");
        });
      for (size_t i : block.calls)
        writeCall(html, report, i);
    });
  });
}

/// What is the same in all blocks of a part: windows and heads.
string partNote(const ModelReport &report, const Part &part) {
  string note;
  for (const Part::Block &block : part.blocks)
    for (size_t i : block.calls)
      if (WindowGrid grid = windowGrid(report, report.calls[i]); grid.rows > 0 && note.empty())
        note = "windows of " + std::to_string(grid.height) + " " + string(times) + " " + std::to_string(grid.width);
  std::vector<string_view> pieces = splitName(part.name);
  if (!note.empty() && pieces.size() == 2) {
    size_t stage = 0;
    for (char digit : pieces[1].substr(0, 4))
      stage = stage * 10 + size_t(digit - '0');
    if (stage < report.heads.size() && report.heads[stage] > 0)
      note += ", " + std::to_string(report.heads[stage]) + " heads";
  }
  return note;
}

} // namespace

std::vector<Part> partsOf(const ModelReport &report) {
  std::vector<Part> parts;
  for (size_t i = 0; i < report.calls.size(); ++i) {
    std::vector<string_view> pieces = splitName(report.calls[i].layer);
    size_t end = partPieces(pieces);
    string name = joined(pieces, 0, end), block = joined(pieces, end, blockEnd(pieces, end));
    if (parts.empty() || parts.back().name != name)
      parts.push_back({name, {}});
    std::vector<Part::Block> &blocks = parts.back().blocks;
    if (blocks.empty() || blocks.back().name != block)
      blocks.push_back({block, {}});
    blocks.back().calls.push_back(i);
  }
  return parts;
}

string partTitle(const ModelReport &report, const Part &part) {
  std::vector<string_view> pieces = splitName(part.name);
  if (pieces.size() == 2 && isNumber(pieces[1]) && pieces[1].size() < 4 && hasAttention(report, part))
    return "Stage " + std::to_string(std::stoi(string(pieces[1])) + 1);
  constexpr std::pair<string_view, string_view> words[] = {
      {"patch_embed", "Patches become tokens"},
      {"norm", "Norm"},
      {"head", "Head"},
      {"conv_first", "First convolution"},
      {"stem", "Stem"},
      {"conv_after_body", "Convolution behind stages"},
      {"upsample", "More resolution"},
      {"decode_head", "Head"},
      {"auxiliary_head", "Second head"},
  };
  for (auto [name, text] : words)
    if (!pieces.empty() && pieces[0] == name)
      return string(text);
  string title = part.name;
  std::replace(title.begin(), title.end(), '_', ' ');
  std::replace(title.begin(), title.end(), '.', ' ');
  if (!title.empty())
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

void writeModel(Markup &html, const ModelReport &report) {
  heading(html, "model", "The model");
  paragraph(html, explain);
  kindLegend(html, report);
  auto entry = [&](const ModelReport::Shape &shape, string_view title, string_view name, const string &note,
                   const std::function<void()> &content) {
    html.element("div", {{"class", "part"}}, [&] {
      html.element("div", {{"class", "map"}}, [&] {
        drawMap(html, shape);
        html.element("div", {{"class", "shape"}}, shapeText(shape));
      });
      html.element("div", {{"class", "body"}}, [&] {
        html.element("div", {{"class", "title"}}, [&] {
          html.element("b", {}, title);
          html.text(" ");
          if (!name.empty())
            html.element("code", {}, name);
          if (!note.empty())
            html.element("span", {{"class", "soft"}}, note);
        });
        html.element("div", {{"class", "blocks"}}, content);
      });
    });
  };
  html.element("div", {{"class", "model"}}, [&] {
    entry({report.n, report.height, report.width, report.channels}, "Image", "", "", [] {});
    for (const Part &part : partsOf(report)) {
      // What the part works on: where its last call makes another resolution for the next one, that is said there.
      const ModelReport::Call &shown = report.calls[part.blocks.front().calls.back()];
      entry(shown.shape, partTitle(report, part), part.name, partNote(report, part), [&] {
        for (const Part::Block &block : part.blocks)
          writeBlock(html, report, part, block);
      });
    }
    for (const ModelReport::Output &output : report.outputs)
      entry(output.shape, "Output", output.name, "", [] {});
  });
}

} // namespace swin::tools
