//===- Main.h - a program that runs passes on swin modules -----------------===//
#ifndef SWIN_TOOLS_OPT_MAIN_H
#define SWIN_TOOLS_OPT_MAIN_H

namespace swin::tools {

/// swin-opt with the passes that are registered, besides the compiler's own. Returns the exit status.
int optMain(int argc, char **argv);

} // namespace swin::tools

#endif // SWIN_TOOLS_OPT_MAIN_H
