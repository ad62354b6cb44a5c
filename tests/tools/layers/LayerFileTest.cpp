//===- LayerFileTest.cpp - values that are written and read ---------------===//
#include "tools/layers/LayerFile.h"
#include "tests/dsl/Checkpoint.h"

#include <gtest/gtest.h>

#include <filesystem>

using namespace swin;
using namespace swin::layers;
using Lines = std::vector<std::string>;
using Values = std::vector<float>;

namespace {

std::unique_ptr<LayerFile> opened(const std::string &path) {
  Lines errors;
  std::unique_ptr<LayerFile> file = LayerFile::open(path, errors);
  EXPECT_EQ(errors, Lines());
  return file;
}

LayerValue valueOf(const LayerFile &file, const std::string &name) {
  LayerValue value;
  EXPECT_TRUE(file.read(name, value)) << name;
  return value;
}

Lines errorsOf(const std::string &bytes) {
  test::TemporaryFile file(bytes);
  Lines errors;
  EXPECT_EQ(LayerFile::open(file.path, errors), nullptr);
  for (std::string &line : errors)
    if (line.starts_with(file.path + ": "))
      line = line.substr(file.path.size() + 2);
  return errors;
}

TEST(LayerFileTest, WritesWhatItReads) {
  test::TemporaryFile place("an older file");
  dsl::Diagnostics errors;
  const std::vector<LayerValue> layers = {
      {"input", {1, 1, 1, 2}, {}}, {"z", {2, 1}, {}}, {"a \"b\"", {1, 3}, {}}, {"none", {0}, {}}};
  std::unique_ptr<LayerWriter> writer = LayerWriter::create(place.path, layers, "a test", errors);
  ASSERT_TRUE(writer);
  for (const Values &values : {Values{1, 2}, Values{3, 4}, Values{5, 6, 7}, Values{}})
    EXPECT_TRUE(writer->add(values.data(), values.size()));
  EXPECT_TRUE(writer->finish());
  EXPECT_TRUE(errors.good());

  std::unique_ptr<LayerFile> file = opened(place.path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->names().size(), 3u);
  EXPECT_EQ(file->names()[0], "z");
  EXPECT_EQ(file->source(), "a test");
  EXPECT_EQ(valueOf(*file, "input").values, Values({1, 2}));
  LayerValue value = valueOf(*file, "a \"b\"");
  EXPECT_EQ(value.shape, std::vector<int64_t>({1, 3}));
  EXPECT_EQ(value.values, Values({5, 6, 7}));
  EXPECT_EQ(valueOf(*file, "none").values, Values());
  EXPECT_FALSE(file->read("b", value));
}

TEST(LayerFileTest, LeavesWhatWasThereUnlessAllIsWritten) {
  test::TemporaryFile place("an older file");
  auto folder = std::filesystem::path(place.path).parent_path();
  auto leftovers = [&] {
    int64_t count = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      count += entry.path().string().starts_with(place.path + ".");
    return count;
  };
  dsl::Diagnostics errors;
  {
    std::unique_ptr<LayerWriter> writer = LayerWriter::create(place.path, {{"a", {2}, {}}}, "", errors);
    ASSERT_TRUE(writer);
    EXPECT_FALSE(writer->finish());
    EXPECT_EQ(errors.lines(), Lines({place.path + ": error: a layer's values are missing"}));
    float values[3] = {};
    EXPECT_FALSE(writer->add(values, 3));
    EXPECT_EQ(leftovers(), 1);
  }
  EXPECT_EQ(leftovers(), 0);
  EXPECT_EQ(std::filesystem::file_size(place.path), 13u);
}

TEST(LayerFileTest, SaysWhereItCannotWrite) {
  dsl::Diagnostics errors;
  EXPECT_EQ(LayerWriter::create("/no/such/folder/f", {}, "", errors), nullptr);
  EXPECT_EQ(errors.lines(), Lines({"/no/such/folder/f: error: cannot be written: No such file or directory"}));
}

TEST(LayerFileTest, NumbersBecomeFloats) {
  test::Checkpoint checkpoint;
  checkpoint.add<uint16_t>("half", "F16", {2}, {0x3c00, 0xc000});
  checkpoint.add<uint16_t>("brain", "BF16", {1}, {0x4040});
  checkpoint.add<double>("double", "F64", {}, {-0.25});
  checkpoint.add<uint8_t>("bool", "BOOL", {2}, {1, 0});
  checkpoint.add<int8_t>("i8", "I8", {1}, {-3});
  checkpoint.add<uint16_t>("u16", "U16", {1}, {65535});
  checkpoint.add<int64_t>("i64", "I64", {1}, {-1234567});
  test::TemporaryFile place(checkpoint.bytes());
  std::unique_ptr<LayerFile> file = opened(place.path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->names(), Lines({"half", "brain", "double", "bool", "i8", "u16", "i64"}));
  EXPECT_EQ(file->source(), "");
  EXPECT_EQ(valueOf(*file, "half").values, Values({1, -2}));
  EXPECT_EQ(valueOf(*file, "brain").values, Values({3}));
  EXPECT_EQ(valueOf(*file, "double").values, Values({-0.25f}));
  EXPECT_EQ(valueOf(*file, "bool").values, Values({1, 0}));
  EXPECT_EQ(valueOf(*file, "i8").values, Values({-3}));
  EXPECT_EQ(valueOf(*file, "u16").values, Values({65535}));
  EXPECT_EQ(valueOf(*file, "i64").values, Values({-1234567}));
}

TEST(LayerFileTest, SaysAllThatIsWrong) {
  test::Checkpoint checkpoint;
  checkpoint.add("a", "C64", {1}, std::string(8, '\0'));
  checkpoint.add("b", "F8_E4M3", {1}, std::string(1, '\0'));
  EXPECT_EQ(errorsOf(checkpoint.bytes()),
            Lines({"error: tensor 'a' is C64; expected real numbers of 8 to 64 bits",
                   "error: tensor 'b' is F8_E4M3; expected real numbers of 8 to 64 bits"}));
  EXPECT_EQ(errorsOf(""),
            Lines({"error: has 0 bytes; a safetensors file begins with 8 bytes, the length of its header"}));
  Lines errors;
  EXPECT_EQ(LayerFile::open("/no/such/file", errors), nullptr);
  EXPECT_EQ(errors, Lines({"/no/such/file: error: cannot be opened: No such file or directory"}));
}

} // namespace
