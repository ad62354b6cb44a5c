//===- MapText.h - kernels of maps of any sizes, written op by op ---------===//
#ifndef SWIN_TESTS_CODEGEN_KERNELS_MAPTEXT_H
#define SWIN_TESTS_CODEGEN_KERNELS_MAPTEXT_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace swin::test {

/// A `swin.kernel` of kind conv or map as text. Ops give the number of their value; weights become arguments.
class MapText {
public:
  using Pair = std::array<int64_t, 2>;
  using Value = size_t;

  explicit MapText(const std::string &kind) : kind(kind) {}

  /// Activations, in the order of the kernel's arguments.
  Value map(int64_t channels);
  Value image(int64_t channels);

  struct Convolution {
    Pair kernel = {3, 3}, stride = {1, 1}, padding = {1, 1};
    bool bias = true, depthwise = false;
  };
  Value conv(Value input, int64_t outputs, const Convolution &attributes);
  Value conv(Value input, int64_t outputs) { return conv(input, outputs, Convolution()); }
  /// An op of one operand that keeps its type; `attributes` stand behind the operand.
  Value keep(const std::string &op, Value input, const std::string &attributes = "");
  Value affine(Value input);
  Value add(Value a, Value b);
  Value position(Value input, int64_t height, int64_t width);
  /// `like` is a value, or `none`.
  Value resize(Value input, const std::string &how, Value like, Pair factor = {1, 1});
  Value concat(const std::vector<Value> &inputs);
  Value shuffle(Value input, int64_t factor);
  Value crop(Value input, Value like, Pair factor = {1, 1}, Pair before = {0, 0});
  Value reflectPad(Value input, Pair window);
  Value pool(Value input, Pair size);
  Value channelsLast(Value image);
  Value channelsFirst(Value input);
  static constexpr Value none = ~Value(0);

  /// The whole kernel; `dense`: its result without padding.
  std::string str(Value result, bool dense = false) const;

private:
  struct Known {
    std::string name, type;
    int64_t channels;
  };
  Value activation(const std::string &type, int64_t channels);
  std::string constant(const std::string &type);
  Value op(const std::string &text, const std::string &type, int64_t channels);

  std::string kind, activations, constants, body;
  std::vector<Known> values;
  int numActivations = 0, numConstants = 0;
};

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_KERNELS_MAPTEXT_H
