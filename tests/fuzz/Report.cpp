// The JSON of a report, which has other programs' profiles in it, as a page: well-formed, whatever it says.
#include "tests/fuzz/Target.h"
#include "tools/report/ModelPage.h"
#include "tools/report/ModelReport.h"

using namespace swin;

namespace {

/// Why a text is no XML; "" = as far as elements and characters go, it is.
std::string problemOf(std::string_view page) {
  std::vector<std::string_view> open;
  for (size_t at = 0; at < page.size(); ++at) {
    auto byte = static_cast<unsigned char>(page[at]);
    if (byte < 0x20 && byte != '\n' && byte != '\t')
      return "a control character";
    if (page[at] == '>')
      return "a '>' outside of tags";
    if (page[at] != '<')
      continue;
    size_t end = at + 1;
    for (char quote = 0; end < page.size() && (quote || page[end] != '>'); ++end)
      if (page[end] == quote)
        quote = 0;
      else if (!quote && (page[end] == '"' || page[end] == '\''))
        quote = page[end];
      else if (page[end] == '<')
        return "a '<' inside of a tag";
    if (end >= page.size())
      return "a tag without an end";
    std::string_view tag = page.substr(at + 1, end - at - 1), name = tag.substr(0, tag.find_first_of(" \n/", 1));
    at = end;
    if (tag.starts_with('!') || tag.starts_with('?') || tag.ends_with('/'))
      continue;
    if (!tag.starts_with('/')) {
      open.push_back(name);
      // What stands in these is no markup.
      if (name == "script" || name == "style")
        at = page.find("</", at) - 1;
    } else if (open.empty() || open.back() != tag.substr(1)) {
      return "</" + std::string(tag.substr(1)) + "> where " + (open.empty() ? "nothing" : std::string(open.back())) +
             " is open";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "an end before </" + std::string(open.back()) + ">";
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string json(fuzz::textOf(data, size)), page = tools::reportPage(json);
  fuzz::accepted += tools::readModelReport(json).has_value();
  fuzz::require(page.starts_with("<!DOCTYPE html>"), "a page");
  // Before it there are the styles alone.
  size_t body = page.find("<body"), end = page.find("</body>");
  fuzz::require(body != page.npos && end != page.npos, "a body");
  if (std::string problem = problemOf(std::string_view(page).substr(body, end + 7 - body)); !problem.empty())
    fuzz::require(false, "a page that is well-formed, but it has " + problem);
  return 0;
}
