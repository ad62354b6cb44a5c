//===- SliderPage.cpp - two pictures in one place --------------------------===//
#include "tools/pictures/SliderPage.h"

#include "tools/report/Markup.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace swin::pictures {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1d2329; --soft: #5c6670; --mark: #0b72b9; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e3e7eb; --soft: #9ba5af; --mark: #56b0f0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px 20px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; }
p { max-width: 74ch; margin: 4px 0 14px; color: var(--soft); }
.pair { position: relative; max-width: 100%; --at: 50%; }
.pair img { display: block; width: 100%; height: auto; }
.pair .left { position: absolute; inset: 0; height: 100%; clip-path: inset(0 calc(100% - var(--at)) 0 0); }
.pair .line { position: absolute; top: 0; bottom: 0; left: var(--at); width: 3px; margin-left: -1.5px;
  background: #ffffff; box-shadow: 0 0 0 1px #000000; pointer-events: none; }
.pair .line::after { content: "\2194"; position: absolute; top: 50%; left: 50%; width: 34px; height: 34px;
  margin: -17px; border-radius: 17px; background: #ffffff; color: #000000; box-shadow: 0 0 0 1px #000000;
  font-size: 20px; line-height: 32px; text-align: center; }
.pair input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
.pair:focus-within { outline: 3px solid var(--mark); outline-offset: 2px; }
.pair .name { position: absolute; bottom: 8px; padding: 1px 9px; background: rgba(0, 0, 0, 0.72); color: #ffffff;
  font-size: 13px; pointer-events: none; }
.pair .name.first { left: 8px; } .pair .name.second { right: 8px; }
)";

// Browsers give the slider's keys: arrows, page up and down, home and end.
constexpr std::string_view script = R"(
const slider = document.querySelector("input");
slider.addEventListener("input", () => slider.parentNode.style.setProperty("--at", slider.value + "%"));
)";

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t count = std::min<size_t>(bytes.size() - i, 3);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      text += k <= count ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

} // namespace

std::optional<std::string> sliderPage(const Slider &slider, std::string &error) {
  std::optional<std::string> left = image::pngBytes(slider.left, error), right = image::pngBytes(slider.right, error);
  if (!left || !right)
    return std::nullopt;
  std::string page = "<!DOCTYPE html>\n";
  tools::Markup html(page);
  auto picture = [&](const char *kind, const std::string &name, const std::string &png) {
    html.empty("img", {{"class", kind},
                       {"alt", name},
                       {"width", slider.right.width},
                       {"height", slider.right.height},
                       {"src", "data:image/png;base64," + base64(png)}});
    html.text("\n");
  };
  html.element("html", {{"lang", "en"}}, [&] {
    html.element("head", {}, [&] {
      html.empty("meta", {{"charset", "utf-8"}});
      html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
      html.element("title", {}, slider.title);
      html.element("style", {}, [&] { html.raw(style); });
    });
    html.text("\n");
    html.element("body", {}, [&] {
      html.element("h1", {}, slider.title);
      html.element("p", {}, slider.text);
      html.element("div", {{"class", "pair"}, {"style", "width: " + std::to_string(slider.right.width) + "px"}}, [&] {
        picture("right", slider.rightName, *right);
        picture("left", slider.leftName, *left);
        html.element("div", {{"class", "line"}}, "");
        html.element("span", {{"class", "name first"}}, slider.leftName);
        html.element("span", {{"class", "name second"}}, slider.rightName);
        html.empty("input", {{"type", "range"},
                             {"min", "0"},
                             {"max", "100"},
                             {"step", "0.5"},
                             {"value", "50"},
                             {"aria-label", "how much is seen of: " + slider.leftName}});
      });
      html.element("script", {}, [&] { html.raw(script); });
    });
  });
  page += '\n';
  return page;
}

} // namespace swin::pictures
