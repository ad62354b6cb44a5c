//===- Descriptions.h - what reading a description promises ----------------===//
#ifndef SWIN_TESTS_FUZZ_DESCRIPTIONS_H
#define SWIN_TESTS_FUZZ_DESCRIPTIONS_H

#include <string>

namespace swin::fuzz {

/// Reads the description at `path`: errors that begin with `begin`, or a model of which everything that follows can be
/// worked out, and which is the same when it is written and read again.
void checkDescription(const std::string &path, const std::string &begin);

} // namespace swin::fuzz

#endif // SWIN_TESTS_FUZZ_DESCRIPTIONS_H
