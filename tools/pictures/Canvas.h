//===- Canvas.h - drawing on a picture -------------------------------------===//
// Boxes and words in pixels; what lies outside of the picture is left out.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_PICTURES_CANVAS_H
#define SWIN_TOOLS_PICTURES_CANVAS_H

#include "runtime/image/Picture.h"

#include <cstdint>
#include <string>

namespace swin::pictures {

struct Colour {
  uint8_t red, green, blue;
};

struct Box {
  int top, left, height, width;
};

/// Dots between the upper edges of two lines of text.
constexpr int lineDots = 12;

/// Each pixel becomes a square of factor x factor.
image::Picture enlarged(const image::Picture &picture, int factor);

/// The factor by which a picture's shorter side gets at least `least` pixels, 1 if it has them; less where the picture
/// would have more than 2^24 pixels.
int factorTo(int least, int height, int width);

/// What stands for a part from 0 to 1: from dark blue by red to light yellow, lighter all the way.
Colour heatColour(double part);

/// The pixels that a line of text takes when a dot of its letters is a square of `dot` pixels.
int textWidth(const std::string &text, int dot);

/// The text if it fits into `width` pixels, else its beginning and "...".
std::string fittingText(const std::string &text, int dot, int width);

/// A picture in RGB that is drawn on.
class Canvas {
public:
  /// Gray becomes red, green and blue.
  explicit Canvas(const image::Picture &picture);

  int height() const { return rgb.height; }
  int width() const { return rgb.width; }
  /// Each pixel of the box gets `part`, 0 to 1, of the colour and keeps the rest of its own.
  void fill(const Box &box, Colour colour, double part = 1);
  /// A line so many pixels wide along the edges, within the box.
  void frame(const Box &box, Colour colour, int line);
  /// One line of text; of what is not ASCII each character is a question mark.
  void text(int top, int left, int dot, const std::string &text, Colour colour);
  const image::Picture &picture() const { return rgb; }

private:
  image::Picture rgb;
};

} // namespace swin::pictures

#endif // SWIN_TOOLS_PICTURES_CANVAS_H
