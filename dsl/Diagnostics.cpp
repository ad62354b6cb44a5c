//===- Diagnostics.cpp - what is wrong with a user's files ----------------===//
#include "dsl/Diagnostics.h"

namespace swin::dsl {

void Diagnostics::error(const std::string &file, Position where, const std::string &what, const std::string &pointer,
                        const std::string &right) {
  std::string line = file;
  if (where.line > 0)
    line += ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
  line += (line.empty() ? "error: " : ": error: ") + what;
  if (!pointer.empty())
    line += " (at " + pointer + ")";
  if (!right.empty())
    line += "; " + right;
  messages.push_back(line);
}

void Diagnostics::note(const std::string &file, const std::string &what) {
  remarks.push_back(file + ": note: " + what);
}

} // namespace swin::dsl
