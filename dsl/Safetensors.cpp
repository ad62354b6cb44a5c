//===- Safetensors.cpp - tensors of a safetensors file --------------------===//
// The header is read as a stream of events: its memory stays in proportion to the
// number of tensors, whatever the text holds, and duplicate keys are seen.
//===----------------------------------------------------------------------===//
#include "dsl/Safetensors.h"

#include "dsl/FileErrors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace swin::dsl {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are viewed where they lie");

struct ElementType {
  const char *name;
  int bits;
};
constexpr ElementType elementTypes[] = {
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},   {"I8", 8},    {"F8_E5M2", 8},
    {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16}, {"BF16", 16}, {"I32", 32},
    {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},    {"I64", 64}, {"U64", 64},
};

const ElementType *elementType(std::string_view name) {
  for (const ElementType &type : elementTypes)
    if (name == type.name)
      return &type;
  return nullptr;
}

std::string rangeText(uint64_t begin, uint64_t end) {
  return "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
}

/// Number of elements; nothing if it does not fit.
std::optional<int64_t> elementCount(const std::vector<int64_t> &shape) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end())
    return 0;
  int64_t count = 1;
  for (int64_t size : shape)
    if (__builtin_mul_overflow(count, size, &count))
      return std::nullopt;
  return count;
}

/// What the header says of one tensor, in the form in which it is said.
struct Entry {
  std::string name;
  std::optional<std::string> type;
  std::optional<std::vector<uint64_t>> shape, offsets;
  bool good = true; ///< nothing is reported yet
};

/// Receives the parser's events; the parser's own nesting needs no stack of ours.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
public:
  HeaderReader(std::span<const std::byte> data, FileErrors &errors, Metadata *metadata)
      : data(data), errors(errors), metadata(metadata) {}

  Tensors takeTensors() { return std::move(tensors); }
  void checkCoverage();

  bool null() override { return other("null"); }
  bool boolean(bool value) override { return other(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return other("the number " + std::to_string(value)); }
  bool number_float(number_float_t, const string_t &text) override { return other("the number " + text.substr(0, 40)); }
  bool binary(binary_t &) override { return other("binary data"); }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t &value) override;
  bool key(string_t &value) override;
  bool start_object(size_t) override;
  bool start_array(size_t) override;
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(size_t position, const std::string &, const nlohmann::detail::exception &) override {
    errors.add("header is not JSON at byte " + std::to_string(8 + position) + " of the file");
    broken = true;
    return false;
  }

private:
  enum class Place { Outside, Top, Metadata, Tensor, Shape, Offsets };

  bool other(const std::string &found);
  bool close();
  void tensorError(const std::string &what, const std::string &right);
  void finishTensor();
  /// The value that begins is of a key that is already reported.
  bool discarded() {
    bool result = skipped || discard;
    discard = false;
    return result;
  }

  std::span<const std::byte> data;
  FileErrors &errors;
  Metadata *metadata;
  Tensors tensors;
  std::set<std::string> names; ///< also of those with errors
  Place place = Place::Outside;
  std::string topKey, innerKey;
  Entry entry;
  size_t skipped = 0;   ///< open containers of a value that is not looked at
  bool discard = false; ///< the next value is not looked at
  bool metadataSeen = false;
  bool broken = false; ///< some tensor is not known, so gaps mean nothing
};

const char wantedKeys[] = "dtype, shape and data_offsets are needed";

void HeaderReader::tensorError(const std::string &what, const std::string &right) {
  entry.good = false;
  broken = true;
  errors.add("tensor " + nameText(entry.name) + what, right);
}

bool HeaderReader::other(const std::string &found) {
  if (discarded())
    return true;
  switch (place) {
  case Place::Outside:
    break;
  case Place::Top:
    if (topKey == "__metadata__") {
      errors.add("__metadata__ is " + found, "an object whose values are strings");
    } else {
      entry = {};
      entry.name = topKey;
      tensorError(" is " + found, wantedKeys);
    }
    break;
  case Place::Metadata:
    errors.add("__metadata__: " + nameText(innerKey) + " is " + found, "a string");
    break;
  case Place::Tensor:
    tensorError(": " + innerKey + " is " + found, innerKey == "dtype" ? "a string such as F32" : "a list of numbers");
    break;
  case Place::Shape:
  case Place::Offsets:
    if (entry.good)
      tensorError(": " + innerKey + " holds " + found, "whole numbers from 0 to 2^63 - 1");
    break;
  }
  return true;
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (!skipped && !discard && (place == Place::Shape || place == Place::Offsets)) {
    auto &list = place == Place::Shape ? *entry.shape : *entry.offsets;
    // One more than allowed shows that there are too many.
    if (value <= uint64_t(std::numeric_limits<int64_t>::max())) {
      if (list.size() <= mostDimensions)
        list.push_back(value);
      return true;
    }
  }
  return other("the number " + std::to_string(value));
}

bool HeaderReader::string(string_t &value) {
  if (!skipped && !discard) {
    if (place == Place::Metadata) {
      if (metadata)
        metadata->insert_or_assign(innerKey, std::move(value));
      return true;
    }
    if (place == Place::Tensor && innerKey == "dtype") {
      entry.type = std::move(value);
      return true;
    }
  }
  return other("a string");
}

bool HeaderReader::key(string_t &value) {
  if (skipped)
    return true;
  if (place != Place::Top) {
    innerKey = value;
    if (place != Place::Tensor)
      return true;
    bool twice = (value == "dtype" && entry.type) || (value == "shape" && entry.shape) ||
                 (value == "data_offsets" && entry.offsets);
    if (twice)
      tensorError(": " + value + " appears twice", "");
    else if (value != "dtype" && value != "shape" && value != "data_offsets")
      tensorError(": unknown key " + nameText(value), "a tensor has dtype, shape and data_offsets");
    else
      return true;
    discard = true;
    return true;
  }
  topKey = std::move(value);
  bool twice = topKey == "__metadata__" ? std::exchange(metadataSeen, true) : !names.insert(topKey).second;
  if (twice) {
    errors.add((topKey == "__metadata__" ? topKey : "tensor " + nameText(topKey)) + " appears twice");
    discard = true;
  }
  if (names.size() <= mostTensors)
    return true;
  errors.add("holds more than " + std::to_string(mostTensors) + " tensors");
  broken = true;
  return false;
}

bool HeaderReader::start_object(size_t) {
  if (skipped || discard) {
    discard = false;
    ++skipped;
  } else if (place == Place::Outside) {
    place = Place::Top;
  } else if (place == Place::Top && topKey == "__metadata__") {
    place = Place::Metadata;
  } else if (place == Place::Top) {
    place = Place::Tensor;
    entry = {};
    entry.name = topKey;
  } else {
    other("an object");
    skipped = 1;
  }
  return true;
}

bool HeaderReader::start_array(size_t) {
  if (skipped || discard) {
    discard = false;
    ++skipped;
  } else if (place == Place::Tensor && innerKey == "shape") {
    place = Place::Shape;
    entry.shape.emplace();
  } else if (place == Place::Tensor && innerKey == "data_offsets") {
    place = Place::Offsets;
    entry.offsets.emplace();
  } else {
    other("a list");
    skipped = 1;
  }
  return true;
}

bool HeaderReader::close() {
  if (skipped) {
    --skipped;
    return true;
  }
  if (place == Place::Tensor)
    finishTensor();
  if (place == Place::Shape || place == Place::Offsets)
    place = Place::Tensor;
  else
    place = place == Place::Top ? Place::Outside : Place::Top;
  return true;
}

void HeaderReader::finishTensor() {
  if (!entry.good)
    return;
  if (!entry.type)
    return tensorError(": no dtype", wantedKeys);
  if (!entry.shape)
    return tensorError(": no shape", wantedKeys);
  if (!entry.offsets)
    return tensorError(": no data_offsets", wantedKeys);
  const ElementType *type = elementType(*entry.type);
  if (!type) {
    std::string known;
    for (const ElementType &each : elementTypes)
      known += (known.empty() ? "" : " ") + std::string(each.name);
    return tensorError(": unknown dtype " + nameText(*entry.type), "known are " + known);
  }
  if (entry.shape->size() > mostDimensions)
    return tensorError(": more than " + std::to_string(mostDimensions) + " dimensions", "");
  Tensor tensor;
  tensor.type = type->name;
  tensor.shape.assign(entry.shape->begin(), entry.shape->end());
  std::optional<int64_t> count = elementCount(tensor.shape);
  int64_t bits = 0;
  if (!count || __builtin_mul_overflow(*count, int64_t(type->bits), &bits))
    return tensorError(": " + shapeText(tensor.shape) + " " + type->name + " is more than 64 bits can count", "");
  if (entry.offsets->size() != 2)
    return tensorError(": data_offsets are " +
                           (entry.offsets->size() > mostDimensions ? std::string("more than 8")
                                                                   : std::to_string(entry.offsets->size())) +
                           " numbers",
                       "two: begin and end");
  uint64_t begin = (*entry.offsets)[0], end = (*entry.offsets)[1];
  if (begin > end)
    return tensorError(": data_offsets " + rangeText(begin, end) + " end before they begin", "");
  if (end > data.size())
    return tensorError(": data_offsets " + rangeText(begin, end) + " reach beyond the file, which has " +
                           std::to_string(data.size()) + " bytes of data",
                       "the file may be cut short");
  if (uint64_t(bits) % 8 || uint64_t(bits) / 8 != end - begin)
    return tensorError(": data_offsets " + rangeText(begin, end) + " hold " + std::to_string(end - begin) + " bytes",
                       shapeText(tensor.shape) + " " + type->name + " needs " + std::to_string((bits + 7) / 8));
  tensor.count = *count;
  tensor.data = data.subspan(begin, end - begin);
  tensors.emplace(std::move(entry.name), std::move(tensor));
}

void HeaderReader::checkCoverage() {
  struct Range {
    uint64_t begin, end;
    const std::string *name;
  };
  std::vector<Range> ranges;
  for (const auto &[name, tensor] : tensors) {
    uint64_t begin = tensor.data.data() - data.data();
    ranges.push_back({begin, begin + tensor.data.size(), &name});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range &a, const Range &b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  Range before = {0, 0, nullptr};
  auto gap = [&](uint64_t begin, uint64_t end) {
    if (begin < end && !broken)
      errors.add("bytes " + rangeText(begin, end) + " of the data belong to no tensor", "tensors follow without gaps");
  };
  for (const Range &range : ranges) {
    // An empty tensor overlaps nothing, wherever it lies.
    if (range.begin == range.end)
      continue;
    if (range.begin < before.end)
      errors.add("tensor " + nameText(*range.name) + " at " + rangeText(range.begin, range.end) + " overlaps tensor " +
                 nameText(*before.name) + " at " + rangeText(before.begin, before.end));
    gap(before.end, range.begin);
    if (range.end > before.end)
      before = range;
  }
  gap(before.end, data.size());
}

/// What else a file with these first bytes is; null: nothing known.
const char *otherFormat(std::span<const std::byte> bytes) {
  struct Magic {
    std::string_view start;
    const char *what;
  };
  constexpr Magic magics[] = {
      {"version https://git-lfs", "is a Git LFS pointer, not the weights; 'git lfs pull' fetches them"},
      {"PK\x03\x04", "is a zip archive, perhaps a PyTorch checkpoint; safetensors is needed"},
      {"\x80\x02", "is a pickle file, perhaps a PyTorch checkpoint; safetensors is needed"},
      {"\x89HDF", "is an HDF5 file; safetensors is needed"},
      {"GGUF", "is a GGUF file; safetensors is needed"},
  };
  // A header of 640 bytes begins like a pickle; the bytes behind the length tell them apart.
  if (bytes.size() > 8 && bytes[8] == std::byte('{'))
    return nullptr;
  for (const Magic &magic : magics)
    if (bytes.size() >= magic.start.size() && !std::memcmp(bytes.data(), magic.start.data(), magic.start.size()))
      return magic.what;
  return nullptr;
}

} // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string &path, Diagnostics &errors) {
  auto fail = [&](const std::string &what) {
    errors.error(path, {}, what);
    return nullptr;
  };
  // Without O_NONBLOCK a pipe would wait for a writer.
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return fail(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status;
  bool known = ::fstat(file, &status) == 0;
  int error = errno;
  void *start = nullptr;
  size_t length = known && S_ISREG(status.st_mode) ? status.st_size : 0;
  if (length) {
    start = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file, 0);
    error = errno;
  }
  ::close(file);
  if (!known || start == MAP_FAILED)
    return fail(std::string("cannot be read: ") + std::strerror(error));
  if (!S_ISREG(status.st_mode))
    return fail(S_ISDIR(status.st_mode) ? "is a folder; a safetensors file is needed" : "is not a regular file");
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const std::byte *>(start), length));
}

void MappedFile::release(std::span<const std::byte> part) const {
  // Whole pages only: the others belong to neighbours, too.
  auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  size_t begin = (part.data() - start + page - 1) / page * page;
  size_t end = (part.data() - start + part.size()) / page * page;
  if (begin < end)
    ::madvise(const_cast<std::byte *>(start) + begin, end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (length)
    ::munmap(const_cast<std::byte *>(start), length);
}

Tensors readSafetensors(std::span<const std::byte> bytes, const std::string &file, Diagnostics &diagnostics,
                        Metadata *metadata) {
  FileErrors errors(file, diagnostics);
  auto fail = [&](const std::string &what, const std::string &right = "") {
    errors.add(what, right);
    errors.finish();
    return Tensors();
  };
  if (const char *what = otherFormat(bytes))
    return fail(what);
  uint64_t length = 0;
  if (bytes.size() < sizeof(length))
    return fail("has " + std::to_string(bytes.size()) + " bytes",
                "a safetensors file begins with 8 bytes, the length of its header");
  std::memcpy(&length, bytes.data(), sizeof(length));
  std::span<const std::byte> rest = bytes.subspan(sizeof(length));
  if (length > rest.size())
    return fail("its first 8 bytes give a header of " + std::to_string(length) + " bytes, but " +
                    std::to_string(rest.size()) + " follow",
                "it is cut short or no safetensors file");
  if (length > largestHeader)
    return fail("header of " + std::to_string(length) + " bytes", "at most " + std::to_string(largestHeader));
  if (length == 0 || rest[0] != std::byte('{'))
    return fail("header does not begin with '{'", "it is no safetensors file");
  HeaderReader reader(rest.subspan(length), errors, metadata);
  const char *text = reinterpret_cast<const char *>(rest.data());
  nlohmann::json::sax_parse(text, text + length, &reader);
  reader.checkCoverage();
  errors.finish();
  return reader.takeTensors();
}

} // namespace swin::dsl
