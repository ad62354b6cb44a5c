//===- Fields.h - typed values of JSON objects, with located errors -------===//
#ifndef SWIN_DSL_FIELDS_H
#define SWIN_DSL_FIELDS_H

#include "dsl/Check.h"
#include "dsl/Json.h"
#include "dsl/Spec.h"
#include "dsl/Words.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace swin::dsl {

/// A description that is being read, and where in it something is wrong.
class Document {
public:
  /// `nullsCount`: null is a value, and a wrong one; else it says that a key is not there.
  Document(std::string file, Json root, Diagnostics &errors, bool nullsCount = true)
      : file(std::move(file)), root(std::move(root)), nullsCount(nullsCount), errors(errors) {}

  /// What is wrong with the value at `pointer`; the first is said, the rest may follow from it.
  void error(Position where, const std::string &pointer, const std::string &what, const std::string &right = "",
             const Replacement &replace = {});
  bool good() const { return count == 0; }
  /// Nothing is wrong, but a user has to know.
  void note(const std::string &what) { errors.note(file, what); }
  /// Nothing is to be said about `pointer`, whose key has another, wrong name.
  void meant(const std::string &pointer) { wrong.insert(pointer); }
  /// Inconsistencies of what was read, each at the value that it is about: `translate` makes
  /// this file's pointer from ours ("/stages/1/heads"). Nothing about values that are wrong
  /// already.
  void check(const Spec &spec, const std::function<std::string(const std::string &)> &translate) {
    report(problemsOf(spec), translate);
  }
  void report(const std::vector<Problem> &problems, const std::function<std::string(const std::string &)> &translate);

  const std::string file;
  const Json root;
  const bool nullsCount;

private:
  void add(Position where, const std::string &pointer, const std::string &what, const std::string &right,
           const Replacement &replace = {});

  static constexpr size_t most = 100; ///< errors that are shown
  Diagnostics &errors;
  std::set<std::string> wrong; ///< pointers
  size_t count = 0;
};

/// The keys of one object. Each reader leaves `out` alone if the key is not there or wrong
/// and returns whether it was good.
class Fields {
public:
  /// `object` is an object, or the error is reported and there are no keys.
  Fields(Document &document, const Json &object, std::string pointer);

  const Json *find(const std::string &key) const;
  bool has(const std::string &key) const { return find(key); }
  std::string pointerTo(const std::string &key) const { return pointer + "/" + pointerPart(key); }

  bool integer(const std::string &key, int64_t &out) const;
  bool number(const std::string &key, double &out) const;
  bool boolean(const std::string &key, bool &out) const;
  bool text(const std::string &key, std::string &out) const;
  /// A number for both axes, or [height, width].
  bool size(const std::string &key, Size &out) const;
  bool integers(const std::string &key, std::vector<int64_t> &out) const;
  bool numbers(const std::string &key, std::vector<double> &out) const;
  bool texts(const std::string &key, std::vector<std::string> &out) const;
  /// One of `allowed`; `out` is its index.
  bool choice(const std::string &key, const std::vector<std::string> &allowed, size_t &out) const;
  std::optional<Fields> object(const std::string &key) const;
  /// The objects of a list; those that are none are errors.
  std::vector<Fields> objects(const std::string &key) const;

  /// An error at the value of `key`, or at the object if it is not there. Returns false.
  bool error(const std::string &key, const std::string &what, const std::string &right = "",
             const Replacement &replace = {}) const;
  /// An error per key that is not in `known`, with the nearest of them.
  void refuseOthers(const std::vector<std::string> &known) const;
  /// An error if `key` is not there.
  void require(const std::string &key, const std::string &expected) const;

  /// A number for both axes, or [height, width], in the value at `pointer`.
  bool sizeOf(const Json &value, const std::string &at, Size &out) const;

private:
  /// `near` is a word that was probably meant.
  bool expected(const Json &value, const std::string &at, const char *what, const std::string &near = "") const;
  template <typename T, typename Read>
  bool list(const std::string &key, const char *of, std::vector<T> &out, Read read) const;

  Document *document;
  const Json *json;
  std::string pointer;
};

} // namespace swin::dsl

#endif // SWIN_DSL_FIELDS_H
