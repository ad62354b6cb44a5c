//===- ModelPage.h - a page about what the compiler made of a model -------===//
#ifndef SWIN_TOOLS_REPORT_MODELPAGE_H
#define SWIN_TOOLS_REPORT_MODELPAGE_H

#include <string>

namespace swin::tools {

/// The page, from <!DOCTYPE> to </html>, of what `swin-compile --report` says as JSON (docs/Contract.md): the model,
/// its graph before and after fusion, kernels, times, memory, remarks. It needs nothing beside itself, holds the JSON
/// in the element with the id "data", and is HTML and XML. Of a text that is no such JSON the page says so.
std::string reportPage(const std::string &json);

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MODELPAGE_H
