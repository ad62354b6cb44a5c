//===- KeyText.h - graphs as text for hashes ------------------------------===//
#ifndef SWIN_CODEGEN_KEYTEXT_H
#define SWIN_CODEGEN_KEYTEXT_H

#include "codegen/KernelGraph.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

namespace swin::codegen {

/// Each value behind its length, so that different graphs have different texts.
class KeyText {
public:
  explicit KeyText(llvm::raw_ostream &stream) : stream(stream) {}
  void add(int64_t value) { stream << value << ' '; }
  void add(double value) { add(static_cast<int64_t>(llvm::bit_cast<uint64_t>(value))); }
  void add(const std::string &text) { stream << text.size() << ':' << text << ' '; }
  template <typename T> void add(const std::vector<T> &list) {
    add(static_cast<int64_t>(list.size()));
    for (const T &value : list)
      add(static_cast<std::conditional_t<std::is_integral_v<T>, int64_t, const T &>>(value));
  }
  template <typename T> void add(const std::map<std::string, T> &map) {
    add(static_cast<int64_t>(map.size()));
    for (const auto &[key, value] : map) {
      add(key);
      add(value);
    }
  }
  // Bindings name every member: a new one does not compile before it has its place here.
  void add(const TensorType &type) {
    const auto &[dims] = type;
    add(dims);
  }
  void add(const Node &node) {
    const auto &[op, operands, result, ints, floats, words] = node;
    add(op);
    add(operands);
    add(static_cast<int64_t>(result));
    add(ints);
    add(floats);
    add(words);
  }
  /// All but its name, which is in errors only.
  void add(const KernelGraph &graph) {
    const auto &[name, kind, values, numArgs, numActivations, nodes, result, dense] = graph;
    (void)name;
    for (int64_t value : {static_cast<int64_t>(kind), int64_t(numArgs), int64_t(numActivations), int64_t(result),
                          static_cast<int64_t>(dense)})
      add(value);
    add(values);
    add(nodes);
  }

private:
  llvm::raw_ostream &stream;
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KEYTEXT_H
