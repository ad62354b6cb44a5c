//===- KernelText.h - kernels on rows of a map, written op by op ----------===//
#ifndef SWIN_TESTS_CODEGEN_KERNELS_KERNELTEXT_H
#define SWIN_TESTS_CODEGEN_KERNELS_KERNELTEXT_H

#include <cstdint>
#include <string>

namespace swin::test {

/// A `swin.kernel` of kind tokens or pool as text. Each op reads what the one before it gave, the first one reads the
/// argument %x; an op's weights become arguments behind it.
class KernelText {
public:
  /// `x` is a map of so many channels.
  KernelText(const std::string &name, const std::string &kind, int64_t channels);
  /// `x` is an image of three colours.
  static KernelText ofImage(const std::string &name);

  KernelText &embed(int64_t channels, int64_t down, int64_t across, bool pad = false);
  KernelText &merge();
  KernelText &norm(bool affine = false);
  KernelText &linear(int64_t channels, bool bias = true);
  /// The same with its weight as sums.
  KernelText &linearOfSums(int64_t channels, bool bias = true);
  /// An op of one operand that keeps its type.
  KernelText &elementwise(const std::string &op);
  /// Adds %x.
  KernelText &addInput();
  KernelText &addPosition(int64_t height, int64_t width);
  KernelText &meanPool();
  KernelText &channelsFirst();

  /// The whole kernel; `dense`: rows of its result without padding.
  std::string str(bool dense = false) const;

private:
  KernelText &linear(int64_t channels, const std::string &weight, bool bias);
  std::string argument(const std::string &type);
  void op(const std::string &text, const std::string &type);

  std::string name, kind, arguments, body, value = "%x", type;
  int64_t channels = 0;
  int values = 0;
  bool map = true; ///< `value` is a map, else a matrix
};

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_KERNELS_KERNELTEXT_H
