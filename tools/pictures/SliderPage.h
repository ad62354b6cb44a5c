//===- SliderPage.h - two pictures in one place ----------------------------===//
#ifndef SWIN_TOOLS_PICTURES_SLIDERPAGE_H
#define SWIN_TOOLS_PICTURES_SLIDERPAGE_H

#include "runtime/image/Picture.h"

#include <optional>
#include <string>

namespace swin::pictures {

/// Two pictures of the same size, and what is said of them.
struct Slider {
  std::string title, text;
  image::Picture left, right;
  std::string leftName, rightName;
};

/// A page of HTML that needs nothing beside itself: the pictures lie over each other, and a slider, which the pointer
/// or arrow keys move, says up to where the left one is seen. Light or dark as the reader's system is.
std::optional<std::string> sliderPage(const Slider &slider, std::string &error);

} // namespace swin::pictures

#endif // SWIN_TOOLS_PICTURES_SLIDERPAGE_H
