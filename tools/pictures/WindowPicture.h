//===- WindowPicture.h - what a window of tokens sees ----------------------===//
#ifndef SWIN_TOOLS_PICTURES_WINDOWPICTURE_H
#define SWIN_TOOLS_PICTURES_WINDOWPICTURE_H

#include "tools/pictures/Canvas.h"

#include <optional>
#include <string>
#include <vector>

namespace swin::pictures {

/// A window over a picture: its tokens' pixels need not lie side by side.
struct WindowPicture {
  struct Token {
    Box box;       ///< pixels of the picture, which may reach beyond its edges
    double weight; ///< 0 or more
  };
  std::vector<Token> tokens;
  std::optional<Box> query; ///< the token that looks, if it is one
  std::string title;
};

/// The picture, small ones enlarged: tokens of the window in colours, from 0 to the largest weight, over it, the window
/// outlined, the query framed, all else dimmed; below it the title and what colours mean. Of a window that is less than
/// a sixth of the picture only what lies around it.
image::Picture drawWindow(const image::Picture &picture, const WindowPicture &window);

} // namespace swin::pictures

#endif // SWIN_TOOLS_PICTURES_WINDOWPICTURE_H
