//===- swin-opt.cpp - run passes on swin modules by hand ------------------===//
// For tests and for looking at what a pass does. Constants come from a hash of
// their names, since a module says nothing about their values.
//===----------------------------------------------------------------------===//
#include "tools/opt/Main.h"

int main(int argc, char **argv) { return swin::tools::optMain(argc, argv); }
