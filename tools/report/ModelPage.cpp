//===- ModelPage.cpp - a page about what the compiler made of a model -----===//
#include "tools/report/ModelPage.h"

#include "tools/report/ModelSections.h"
#include "tools/report/ModelStyle.h"
#include "tools/report/ModelText.h"
#include "tools/report/PageStyle.h"

#include <algorithm>

namespace swin::tools {
namespace {

constexpr std::string_view explainData = "This page holds the whole report as JSON, in the element with the id "
                                         "\"data\": what swin-compile --report FILE.json "
                                         "writes. Every number above names its place in it, in the attribute data-of.";

void writeContents(Markup &html) {
  html.element("nav", {{"class", "contents"}}, [&] {
    for (auto [id, text] : std::initializer_list<std::pair<const char *, const char *>>{{"model", "Model"},
                                                                                        {"fusion", "Fusion"},
                                                                                        {"kernels", "Kernels"},
                                                                                        {"times", "Time"},
                                                                                        {"memory", "Memory"},
                                                                                        {"remarks", "Not done"},
                                                                                        {"files", "Files"}}) {
      html.element("a", {{"href", std::string("#") + id}}, text);
      html.text(" ");
    }
  });
}

void writeBody(Markup &html, const ReadReport &read) {
  const ModelReport &report = read.report;
  writeHead(html, report);
  writeContents(html);
  writeModel(html, report);
  writeFusion(html, report);
  writeKernels(html, report);
  writeTimes(html, report);
  writeMemory(html, report);
  writeRemarks(html, report);
  writeFiles(html, report);
  heading(html, "json", "Data");
  paragraph(html, explainData);
  html.element("script", {{"type", "application/json"}, {"id", "data"}}, [&] { html.raw(read.json); });
}

} // namespace

std::string reportPage(const std::string &json) {
  std::optional<ReadReport> read = readModelReport(json);
  std::string name = read ? read->report.model : "";
  std::string title = name.empty() ? "What the compiler did" : name + ": what the compiler did";
  std::string page;
  Markup html(page);
  html.raw("<!DOCTYPE html>\n");
  html.element("html", {{"lang", "en"}, {"xmlns", "http://www.w3.org/1999/xhtml"}}, [&] {
    html.element("head", {}, [&] {
      html.empty("meta", {{"charset", "utf-8"}});
      html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
      html.element("title", {}, title);
      html.element("style", {}, [&] {
        html.raw(pageStyle);
        html.raw(modelStyle);
      });
    });
    html.element("body", {}, [&] {
      if (read)
        writeBody(html, *read);
      else
        paragraph(html, "This is no report of swin-compile: its text is not JSON.", "lead");
      html.element("script", {}, [&] { html.raw(sortScript); });
    });
  });
  html.raw("\n");
  return page;
}

} // namespace swin::tools
