// brighten.cpp - writes brighten.o and brighten.h: a kernel with a parallel loop and Halide's whole runtime.
#include "Halide.h"

int main() {
  Halide::ImageParam image(Halide::Float(32), 2, "image");
  Halide::Func brighten("brighten");
  Halide::Var x("x"), y("y");
  brighten(x, y) = 2 * image(x, y) + 1;
  brighten.parallel(y).vectorize(x, 4);
  Halide::Target target("x86-64-linux-sse41");
  brighten.compile_to_object("brighten.o", {image}, "brighten", target);
  brighten.compile_to_header("brighten.h", {image}, "brighten", target);
}
