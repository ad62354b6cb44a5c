//===- GraphTemplates.h - values of variables in a graph's texts ----------===//
#ifndef SWIN_DSL_GRAPHTEMPLATES_H
#define SWIN_DSL_GRAPHTEMPLATES_H

#include "dsl/Fields.h"

#include <string>

namespace swin::dsl {

/// Variables that can be read at a place: of loops, parameters of a block, a node's name. The nearest counts.
struct Variables {
  const Variables *outer = nullptr;
  std::string name;
  const Json *value = nullptr;

  const Json *find(const std::string &wanted) const;
  /// All names, for an error.
  std::string names() const;
};

/// Whether a text can be the name of a variable: a letter, then letters, digits and _.
bool isVariableName(const std::string &name);

/// Puts values of variables in the place of `{name}` and `{name[i]}`, where i is a number or a variable: a text that is
/// nothing else becomes the value itself, whatever it is; within a text stands the value's text.
class Templates {
public:
  explicit Templates(Document &document) : document(document) {}

  /// `value` with all texts in it filled in; keys of objects stay. False after an error at its place.
  bool fill(const Json &value, const std::string &pointer, const Variables *variables, Json &out);
  /// Likewise of a value that has to be a text then.
  bool fillText(const Json &value, const std::string &pointer, const Variables *variables, std::string &out);

private:
  bool fillOne(const Json &text, const std::string &pointer, const Variables *variables, Json &out);
  const Json *lookUp(const Json &text, const std::string &pointer, const std::string &inside,
                     const Variables *variables);
  bool take(const Json &value);

  Document &document;
  size_t taken = 0; ///< values, of at most maxGraphValues
};

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHTEMPLATES_H
