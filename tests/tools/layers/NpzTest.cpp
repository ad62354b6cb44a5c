//===- NpzTest.cpp - archives as NumPy writes them, and damaged ones ------===//
#include "tests/dsl/Checkpoint.h"
#include "tools/layers/LayerFile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include <zlib.h>

using namespace swin;
using namespace swin::layers;
using Lines = std::vector<std::string>;
using Values = std::vector<float>;

namespace {

template <typename Number> std::string number(Number value) {
  return {reinterpret_cast<const char *>(&value), sizeof value};
}

std::string npy(const std::string &type, const std::string &shape, const std::string &values) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  text.append(63 - (10 + text.size()) % 64, ' ').push_back('\n');
  return "\x93NUMPY" + std::string("\x01\x00", 2) + number<uint16_t>(text.size()) + text + values;
}

std::string floats(const Values &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float)};
}

std::string deflated(const std::string &text) {
  std::string packed(compressBound(text.size()), '\0');
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = packed.size();
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// A zip archive that is written one entry after the other.
struct Archive {
  std::string data, directory;
  uint16_t count = 0;

  /// `wide`: its sizes and its place as 64-bit numbers behind the name.
  void add(const std::string &name, const std::string &content, bool pack = false, bool wide = false) {
    std::string packed = pack ? deflated(content) : content;
    uint64_t at = data.size();
    auto sum = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef *>(content.data()), content.size()));
    std::string how = number<uint16_t>(45) + number<uint16_t>(0) + number<uint16_t>(pack ? 8 : 0) +
                      number<uint32_t>(0) + number<uint32_t>(sum);
    std::string narrow = number<uint32_t>(packed.size()) + number<uint32_t>(content.size());
    std::string full = number<uint32_t>(UINT32_MAX) + number<uint32_t>(UINT32_MAX);
    std::string extra = wide ? number<uint16_t>(1) + number<uint16_t>(24) + number<uint64_t>(content.size()) +
                                   number<uint64_t>(packed.size()) + number<uint64_t>(at)
                             : "";
    // NumPy's local headers always have the long form; only the directory's counts.
    data += "PK\x03\x04" + how + full + number<uint16_t>(name.size()) + number<uint16_t>(20) + name +
            number<uint16_t>(1) + number<uint16_t>(16) + number<uint64_t>(content.size()) +
            number<uint64_t>(packed.size()) + packed;
    directory += "PK\x01\x02" + number<uint16_t>(45) + how + (wide ? full : narrow) + number<uint16_t>(name.size()) +
                 number<uint16_t>(extra.size()) + std::string(10, '\0') +
                 number<uint32_t>(wide ? UINT32_MAX : static_cast<uint32_t>(at)) + name + extra;
    ++count;
  }

  std::string bytes(const std::string &comment = "") const {
    return data + directory + "PK\x05\x06" + std::string(4, '\0') + number(count) + number(count) +
           number<uint32_t>(directory.size()) + number<uint32_t>(data.size()) + number<uint16_t>(comment.size()) +
           comment;
  }

  /// With the records of an archive of more than 4 GB.
  std::string wideBytes() const {
    std::string end64 = "PK\x06\x06" + number<uint64_t>(44) + std::string(12, '\0') + number<uint64_t>(count) +
                        number<uint64_t>(count) + number<uint64_t>(directory.size()) + number<uint64_t>(data.size());
    uint64_t at = data.size() + directory.size();
    return data + directory + end64 + "PK\x06\x07" + std::string(4, '\0') + number(at) + number<uint32_t>(1) +
           "PK\x05\x06" + std::string(4, '\0') + std::string(12, '\xff') + std::string(2, '\0');
  }
};

Values valuesOf(const LayerFile &file, const std::string &name) {
  LayerValue value;
  EXPECT_TRUE(file.read(name, value)) << name;
  return value.values;
}

Lines errorsOf(const std::string &bytes) {
  test::TemporaryFile file(bytes);
  Lines errors;
  EXPECT_EQ(LayerFile::open(file.path, errors), nullptr);
  for (std::string &line : errors)
    if (line.starts_with(file.path + ": error: "))
      line = line.substr(file.path.size() + 9);
  return errors;
}

TEST(NpzTest, ReadsWhatNumpyWrites) {
  Archive archive;
  archive.add("second.npy", npy("<f4", "(2, 2)", floats({1, 2, 3, 4})));
  archive.add("first.npy", npy("<f8", "()", number(-0.5)), true);
  archive.add("input.npy", npy("|b1", "(3,)", std::string("\1\0\1", 3)), true, true);
  archive.add("whole.npy", npy("<i8", "(1,)", number<int64_t>(-7)), false, true);
  archive.add("zeros.npy", npy("<f4", "(100000,)", std::string(400000, '\0')), true);
  for (const std::string &bytes : {archive.bytes(), archive.bytes("PK\x05\x06 is no end"), archive.wideBytes()}) {
    test::TemporaryFile place(bytes);
    Lines errors;
    std::unique_ptr<LayerFile> file = LayerFile::open(place.path, errors);
    ASSERT_TRUE(file) << (errors.empty() ? "" : errors.front());
    EXPECT_EQ(file->names(), Lines({"second", "first", "whole", "zeros"}));
    LayerValue value;
    ASSERT_TRUE(file->read("second", value));
    EXPECT_EQ(value.shape, std::vector<int64_t>({2, 2}));
    EXPECT_EQ(value.values, Values({1, 2, 3, 4}));
    EXPECT_EQ(valuesOf(*file, "first"), Values({-0.5f}));
    EXPECT_EQ(valuesOf(*file, "input"), Values({1, 0, 1}));
    EXPECT_EQ(valuesOf(*file, "whole"), Values({-7}));
    EXPECT_EQ(valuesOf(*file, "zeros"), Values(100000));
    EXPECT_FALSE(file->read("second.npy", value));
  }
}

TEST(NpzTest, AnEmptyArchiveHasNoLayers) {
  test::TemporaryFile place(Archive().bytes());
  Lines errors;
  std::unique_ptr<LayerFile> file = LayerFile::open(place.path, errors);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->names(), Lines());
}

TEST(NpzTest, SaysWhichArrayIsWrong) {
  std::string one = npy("<f4", "(1,)", floats({1}));
  auto with = [&](const std::string &content, bool pack = false) {
    Archive archive;
    archive.add("a.npy", content, pack);
    return archive;
  };
  EXPECT_EQ(
      errorsOf(with(npy("<U5", "(1,)", "abcde")).bytes()),
      Lines({"array 'a': its values are '<U5': expected real numbers of at most 8 bytes, low byte first; in NumPy, "
             "array.astype('float32') converts"}));
  EXPECT_EQ(errorsOf(with("nothing").bytes()),
            Lines({"array 'a': it is not a .npy file: it does not begin with \\x93NUMPY"}));
  EXPECT_EQ(errorsOf(with(npy("<f4", "(2,)", floats({1})), true).bytes()),
            Lines({"array 'a': its shape 2 needs 8 bytes of values, it has 4"}));
  EXPECT_EQ(errorsOf(with(npy("<f4", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", floats({1}))).bytes()),
            Lines({"array 'a': more than 8 dimensions"}));
  Archive twice = with(one);
  twice.add("a.npy", one);
  EXPECT_EQ(errorsOf(twice.bytes()), Lines({"array 'a' is there twice"}));
  Archive shared = with(one);
  shared.directory += shared.directory;
  shared.directory[shared.directory.size() - 5] = 'b';
  shared.count = 2;
  EXPECT_EQ(errorsOf(shared.bytes()), Lines({"arrays 'a' and 'b' share bytes of the file"}));
}

TEST(NpzTest, SaysWhatIsDamaged) {
  Archive archive;
  archive.add("a.npy", npy("<f4", "(4,)", floats({1, 2, 3, 4})));
  auto changed = [&](size_t at, char by) {
    Archive copy = archive;
    copy.directory[at] = by;
    return errorsOf(copy.bytes());
  };
  EXPECT_EQ(changed(8, 1), Lines({"array 'a' is encrypted"}));
  EXPECT_EQ(changed(10, 9), Lines({"array 'a' is packed by method 9; 0 (stored) or 8 (deflated)"}));
  EXPECT_EQ(changed(42, 1), Lines({"array 'a' is not at byte 1, where the directory says that it is"}));
  EXPECT_EQ(changed(0, 'p'), Lines({"entry 0 of its directory is damaged"}));
  EXPECT_EQ(changed(28, 99), Lines({"entry 0 of its directory is damaged"}));
  EXPECT_EQ(changed(16, 0), Lines({"array 'a' is damaged: its checksum is not the one in the directory"}));
  EXPECT_EQ(changed(23, 1), Lines({"array 'a' reaches beyond the file; the file may be cut short"}));
  EXPECT_EQ(changed(27, 1), Lines({"array 'a': 144 bytes cannot be 16777360"}));
  std::string whole = archive.bytes();
  EXPECT_EQ(errorsOf(whole.substr(0, whole.size() - 1)),
            Lines({"has no directory of a zip archive; it is cut short or no .npz file"}));
  std::string packed = archive.wideBytes();
  packed[packed.size() - 34] = 1;
  EXPECT_EQ(errorsOf(packed),
            Lines({"its directory's 64-bit record is not where it should be; it is cut short or no .npz file"}));
}

TEST(NpzTest, AnyDamageIsAnErrorOrHarmless) {
  Archive archive;
  archive.add("a.npy", npy("<f4", "(4,)", floats({1, 2, 3, 4})));
  archive.add("b.npy", npy("<f8", "(2, 3)", std::string(48, '\0')), true, true);
  std::mt19937 random(1);
  for (const std::string &good : {archive.bytes(), archive.wideBytes()})
    for (int i = 0; i < 1000; ++i) {
      std::string bytes = good;
      for (size_t changes = 1 + random() % 3; changes > 0; --changes)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      bytes.resize(random() % 4 ? bytes.size() : random() % bytes.size());
      test::TemporaryFile place(bytes);
      Lines errors;
      std::unique_ptr<LayerFile> file = LayerFile::open(place.path, errors);
      EXPECT_EQ(file == nullptr, !errors.empty());
      for (const std::string &name : file ? file->names() : Lines())
        valuesOf(*file, name);
    }
}

} // namespace
