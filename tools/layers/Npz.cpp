//===- Npz.cpp - arrays of a .npz file -------------------------------------===//
// The format: PKWARE's APPNOTE 6.3, of which NumPy writes one disk, methods 0 and 8, and 64-bit sizes where it needs
// them.
//===----------------------------------------------------------------------===//
#include "tools/layers/Npz.h"

#include "dsl/Safetensors.h"
#include "dsl/TensorValues.h"
#include "runtime/image/Npy.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <zlib.h>

namespace swin::layers {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t entrySignature = 0x04034b50, directorySignature = 0x02014b50, endSignature = 0x06054b50,
                   end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
constexpr uint64_t entryBytes = 30, directoryEntryBytes = 46, endBytes = 22, end64Bytes = 56, locator64Bytes = 20;
constexpr uint16_t stored = 0, deflated = 8;
/// Deflate makes at most so many bytes of one.
constexpr uint64_t mostInflation = 1032;

/// A number of the file, low byte first; the bytes are there.
template <typename Number> Number numberAt(Bytes bytes, uint64_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

bool hasSignature(Bytes bytes, uint64_t at, uint64_t length, uint32_t signature) {
  return at <= bytes.size() && bytes.size() - at >= length && numberAt<uint32_t>(bytes, at) == signature;
}

/// A deflated stream, from which as many bytes are taken as are wanted.
class Inflater {
public:
  explicit Inflater(Bytes from) : rest(from) { good = inflateInit2(&stream, -MAX_WBITS) == Z_OK; }
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;
  ~Inflater() { inflateEnd(&stream); }

  /// How many of `bytes` there were.
  uint64_t take(std::byte *to, uint64_t bytes) {
    uint64_t done = 0;
    while (good && done < bytes) {
      constexpr uint64_t most = uint64_t(1) << 30;
      auto input = static_cast<uInt>(std::min<uint64_t>(rest.size(), most));
      auto output = static_cast<uInt>(std::min(bytes - done, most));
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<std::byte *>(rest.data()));
      stream.avail_in = input;
      stream.next_out = reinterpret_cast<Bytef *>(to + done);
      stream.avail_out = output;
      int status = inflate(&stream, Z_NO_FLUSH);
      rest = rest.subspan(input - stream.avail_in);
      done += output - stream.avail_out;
      // At its end, damaged, or with nothing left that could go on.
      good = status == Z_OK && (stream.avail_in < input || stream.avail_out < output);
    }
    return done;
  }

private:
  Bytes rest;
  z_stream stream = {};
  bool good;
};

/// What the directory says of a file.
struct Entry {
  std::string name;
  uint16_t flags = 0, method = 0;
  uint32_t sum = 0;
  uint64_t packed = 0, bytes = 0, at = 0;
};

class Reader {
public:
  Reader(Bytes file, dsl::FileErrors &errors) : file(file), errors(errors) {}

  std::vector<NpzArray> read() {
    std::optional<Bytes> directory = findDirectory();
    if (!directory)
      return {};
    std::vector<Entry> entries;
    if (!readDirectory(*directory, entries))
      return {};
    std::vector<NpzArray> arrays;
    std::set<std::string> names;
    for (const Entry &entry : entries) {
      std::optional<NpzArray> array = open(entry);
      if (!array)
        continue;
      if (!names.insert(array->name).second)
        errors.add("array " + dsl::nameText(array->name) + " is there twice");
      arrays.push_back(std::move(*array));
    }
    std::sort(arrays.begin(), arrays.end(),
              [](const NpzArray &a, const NpzArray &b) { return a.data.data() < b.data.data(); });
    // Entries that share their bytes are how a small file becomes endless work.
    for (size_t i = 1; i < arrays.size(); ++i)
      if (arrays[i - 1].data.data() + arrays[i - 1].data.size() > arrays[i].data.data())
        return errors.add("arrays " + dsl::nameText(arrays[i - 1].name) + " and " + dsl::nameText(arrays[i].name) +
                          " share bytes of the file"),
               std::vector<NpzArray>();
    for (const NpzArray &array : arrays)
      checkValues(array);
    return arrays;
  }

private:
  /// "Nothing", after an error.
  std::nullopt_t fail(const std::string &what, const std::string &right = "") {
    errors.add(what, right);
    return std::nullopt;
  }

  std::optional<Bytes> findDirectory() {
    const char *cut = "it is cut short or no .npz file";
    // A comment of up to 65535 bytes may follow the end record.
    uint64_t first = file.size() < endBytes + 65535 ? 0 : file.size() - endBytes - 65535;
    uint64_t end = file.size() < endBytes ? 0 : file.size() - endBytes;
    while (end > first && !hasSignature(file, end, endBytes, endSignature))
      --end;
    if (!hasSignature(file, end, endBytes, endSignature))
      return fail("has no directory of a zip archive", cut);
    uint64_t count = numberAt<uint16_t>(file, end + 10), length = numberAt<uint32_t>(file, end + 12),
             at = numberAt<uint32_t>(file, end + 16);
    if (end >= locator64Bytes && hasSignature(file, end - locator64Bytes, locator64Bytes, locator64Signature)) {
      auto end64 = numberAt<uint64_t>(file, end - locator64Bytes + 8);
      if (!hasSignature(file, end64, end64Bytes, end64Signature))
        return fail("its directory's 64-bit record is not where it should be", cut);
      count = numberAt<uint64_t>(file, end64 + 32);
      length = numberAt<uint64_t>(file, end64 + 40);
      at = numberAt<uint64_t>(file, end64 + 48);
    }
    if (at > end || length > end - at)
      return fail("its directory of " + std::to_string(length) + " bytes at " + std::to_string(at) +
                      " reaches beyond the file",
                  cut);
    if (count > dsl::mostTensors)
      return fail("holds more than " + std::to_string(dsl::mostTensors) + " arrays");
    wanted = count;
    return file.subspan(at, length);
  }

  bool readDirectory(Bytes directory, std::vector<Entry> &entries) {
    uint64_t at = 0;
    while (entries.size() < wanted) {
      std::string number = std::to_string(entries.size());
      if (!hasSignature(directory, at, directoryEntryBytes, directorySignature))
        return errors.add("entry " + number + " of its directory is damaged"), false;
      Entry entry;
      entry.flags = numberAt<uint16_t>(directory, at + 8);
      entry.method = numberAt<uint16_t>(directory, at + 10);
      entry.sum = numberAt<uint32_t>(directory, at + 16);
      entry.packed = numberAt<uint32_t>(directory, at + 20);
      entry.bytes = numberAt<uint32_t>(directory, at + 24);
      entry.at = numberAt<uint32_t>(directory, at + 42);
      uint64_t name = numberAt<uint16_t>(directory, at + 28), extra = numberAt<uint16_t>(directory, at + 30),
               comment = numberAt<uint16_t>(directory, at + 32);
      at += directoryEntryBytes;
      if (name + extra + comment > directory.size() - at)
        return errors.add("entry " + number + " of its directory is damaged"), false;
      entry.name.assign(reinterpret_cast<const char *>(directory.data() + at), name);
      if (!takeSizes(directory.subspan(at + name, extra), entry))
        return errors.add("array " + dsl::nameText(entry.name) + ": its 64-bit sizes are missing"), false;
      at += name + extra + comment;
      entries.push_back(std::move(entry));
    }
    return true;
  }

  /// The 64-bit sizes of an entry, where its own fields are full.
  static bool takeSizes(Bytes extra, Entry &entry) {
    constexpr uint64_t full = std::numeric_limits<uint32_t>::max();
    std::vector<uint64_t *> fields;
    for (uint64_t *field : {&entry.bytes, &entry.packed, &entry.at})
      if (*field == full)
        fields.push_back(field);
    if (fields.empty())
      return true;
    for (uint64_t at = 0; at + 4 <= extra.size();) {
      uint64_t kind = numberAt<uint16_t>(extra, at), length = numberAt<uint16_t>(extra, at + 2);
      at += 4;
      if (length > extra.size() - at)
        return false;
      if (kind == 1 && length >= fields.size() * 8) {
        for (size_t i = 0; i < fields.size(); ++i)
          *fields[i] = numberAt<uint64_t>(extra, at + i * 8);
        return true;
      }
      at += length;
    }
    return false;
  }

  /// An entry's place in the file and its header.
  std::optional<NpzArray> open(const Entry &entry) {
    NpzArray array;
    array.name = entry.name.ends_with(".npy") ? entry.name.substr(0, entry.name.size() - 4) : entry.name;
    std::string what = "array " + dsl::nameText(array.name);
    if (entry.flags & 1)
      return fail(what + " is encrypted");
    if (entry.method != stored && entry.method != deflated)
      return fail(what + " is packed by method " + std::to_string(entry.method), "0 (stored) or 8 (deflated)");
    if (!hasSignature(file, entry.at, entryBytes, entrySignature))
      return fail(what + " is not at byte " + std::to_string(entry.at) + ", where the directory says that it is");
    uint64_t begin =
        entry.at + entryBytes + numberAt<uint16_t>(file, entry.at + 26) + numberAt<uint16_t>(file, entry.at + 28);
    if (begin > file.size() || entry.packed > file.size() - begin)
      return fail(what + " reaches beyond the file", "the file may be cut short");
    array.data = file.subspan(begin, entry.packed);
    array.deflated = entry.method == deflated;
    array.bytes = entry.bytes;
    if (array.deflated ? entry.bytes / mostInflation > entry.packed : entry.bytes != entry.packed)
      return fail(what + ": " + std::to_string(entry.packed) + " bytes cannot be " + std::to_string(entry.bytes));
    array.sum = entry.sum;
    return readHeader(what, array) ? std::optional(std::move(array)) : std::nullopt;
  }

  bool readHeader(const std::string &what, NpzArray &array) {
    std::string start(std::min<uint64_t>(array.bytes, image::maxNpyStart), '\0');
    auto *to = reinterpret_cast<std::byte *>(start.data());
    if (array.deflated)
      start.resize(Inflater(array.data).take(to, start.size()));
    else
      std::copy_n(array.data.data(), start.size(), to);
    std::string error;
    std::optional<image::NpyHeader> header = image::parseNpyHeader(start, error, image::NpyValues::Numbers);
    if (!header)
      return errors.add(what + ": " + error), false;
    if (header->shape.size() > dsl::mostDimensions)
      return errors.add(what + ": more than " + std::to_string(dsl::mostDimensions) + " dimensions"), false;
    array.headerBytes = header->headerBytes;
    array.shape = header->shape;
    array.count = static_cast<int64_t>(header->count);
    array.type = typeNamed(header->type);
    uint64_t wantedBytes = header->count * header->valueBytes, found = array.bytes - header->headerBytes;
    if (wantedBytes != found)
      errors.add(what + ": its shape " + image::shapeText(array.shape) + " needs " + std::to_string(wantedBytes) +
                 " bytes of values, it has " + std::to_string(found));
    return wantedBytes == found;
  }

  static std::string_view typeNamed(std::string_view type) {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"<f4", "F32"}, {"<f8", "F64"}, {"<f2", "F16"}, {"|b1", "BOOL"}, {"|i1", "I8"},  {"|u1", "U8"},
        {"<i2", "I16"}, {"<u2", "U16"}, {"<i4", "I32"}, {"<u4", "U32"},  {"<i8", "I64"}, {"<u8", "U64"}};
    return std::find_if(std::begin(names), std::end(names), [&](const auto &name) { return name.first == type; })
        ->second;
  }

  /// Whether the bytes are those that were written.
  void checkValues(const NpzArray &array) {
    constexpr uint64_t step = 1 << 16;
    std::vector<std::byte> part(array.deflated ? step : 0);
    Inflater inflater(array.data);
    uLong sum = crc32(0, nullptr, 0);
    for (uint64_t done = 0; done < array.bytes; done += step) {
      uint64_t bytes = std::min(step, array.bytes - done);
      if (array.deflated && inflater.take(part.data(), bytes) != bytes)
        return errors.add("array " + dsl::nameText(array.name) + " is damaged: it does not unpack to " +
                          std::to_string(array.bytes) + " bytes");
      const std::byte *from = array.deflated ? part.data() : array.data.data() + done;
      sum = crc32(sum, reinterpret_cast<const Bytef *>(from), static_cast<uInt>(bytes));
    }
    if (sum != array.sum)
      errors.add("array " + dsl::nameText(array.name) + " is damaged: its checksum is not the one in the directory");
  }

  Bytes file;
  dsl::FileErrors &errors;
  uint64_t wanted = 0; ///< entries
};

} // namespace

bool isZip(Bytes bytes) {
  return hasSignature(bytes, 0, sizeof(uint32_t), entrySignature) || hasSignature(bytes, 0, endBytes, endSignature);
}

std::vector<NpzArray> readNpz(Bytes file, dsl::FileErrors &errors) { return Reader(file, errors).read(); }

void copyValues(const NpzArray &array, float *values) {
  dsl::Tensor tensor{array.type, array.shape, array.count, {}};
  std::vector<std::byte> unpacked;
  if (array.deflated) {
    unpacked.resize(array.bytes);
    Inflater(array.data).take(unpacked.data(), unpacked.size());
    tensor.data = unpacked;
  } else {
    tensor.data = array.data;
  }
  tensor.data = tensor.data.subspan(array.headerBytes);
  dsl::copyValues(tensor, values);
}

} // namespace swin::layers
