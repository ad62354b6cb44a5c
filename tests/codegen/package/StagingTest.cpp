//===- StagingTest.cpp - files appear all at once or not at all -----------===//
#include "codegen/Staging.h"
#include "tests/codegen/package/TemporaryFolder.h"

#include "gtest/gtest.h"

namespace fs = std::filesystem;
using swin::codegen::Staging;
using swin::test::TemporaryFolder;
using Names = std::set<std::string>;

namespace {

void fill(const Staging &staging, const std::string &file, const std::string &text) {
  std::ofstream(staging.path(file)) << text;
}

TEST(Staging, MovesWhatIsCommitted) {
  TemporaryFolder folder;
  fs::create_directory(folder.path("out"));
  folder.write("out/a", "old");
  folder.write("out/other", "theirs");
  {
    auto staging = Staging::create(folder.path("out/"));
    ASSERT_TRUE(static_cast<bool>(staging));
    fill(**staging, "a", "new");
    fill(**staging, "b", "new");
    fill(**staging, "scrap", "");
    EXPECT_EQ(folder.read("out/a"), "old");
    EXPECT_EQ(llvm::toString((*staging)->commit({"a", "b"})), "");
  }
  EXPECT_EQ(folder.contents(), (Names{"out", "out/a", "out/b", "out/other"}));
  EXPECT_EQ(folder.read("out/a"), "new");
  EXPECT_EQ(folder.read("out/other"), "theirs");
}

TEST(Staging, LeavesNothingWithoutCommit) {
  TemporaryFolder folder;
  {
    auto staging = Staging::create(folder.path("new/deep/out"));
    ASSERT_TRUE(static_cast<bool>(staging));
    fill(**staging, "a", "text");
  }
  EXPECT_EQ(folder.contents(), Names());
  fs::create_directory(folder.path("out"));
  folder.write("out/other", "theirs");
  {
    auto staging = Staging::create(folder.path("out"));
    ASSERT_TRUE(static_cast<bool>(staging));
    fill(**staging, "a", "text");
  }
  EXPECT_EQ(folder.contents(), (Names{"out", "out/other"}));
}

TEST(Staging, FoldersStayAfterCommit) {
  TemporaryFolder folder;
  {
    auto staging = Staging::create(folder.path("new/out"));
    ASSERT_TRUE(static_cast<bool>(staging));
    fill(**staging, "a", "text");
    EXPECT_EQ(llvm::toString((*staging)->commit({"a"})), "");
  }
  EXPECT_EQ(folder.contents(), (Names{"new", "new/out", "new/out/a"}));
}

TEST(Staging, PutsBackWhatItReplaced) {
  TemporaryFolder folder;
  fs::create_directories(folder.path("out/c"));
  folder.write("out/a", "old");
  {
    auto staging = Staging::create(folder.path("out"));
    ASSERT_TRUE(static_cast<bool>(staging));
    for (const char *file : {"a", "b", "c"})
      fill(**staging, file, "new");
    EXPECT_EQ(llvm::toString((*staging)->commit({"a", "b", "c"})), "'" + folder.path("out/c") + "': Is a directory");
  }
  EXPECT_EQ(folder.contents(), (Names{"out", "out/a", "out/c"}));
  EXPECT_EQ(folder.read("out/a"), "old");
}

TEST(Staging, SaysWhereItCannotWrite) {
  TemporaryFolder folder;
  folder.write("file", "");
  auto staging = Staging::create(folder.path("file/out"));
  ASSERT_FALSE(static_cast<bool>(staging));
  EXPECT_EQ(llvm::toString(staging.takeError()), "'" + folder.path("file/out") + "': Not a directory");
  auto file = Staging::create(folder.path("file"));
  ASSERT_FALSE(static_cast<bool>(file));
  EXPECT_EQ(llvm::toString(file.takeError()), "'" + folder.path("file") + "': Not a directory");
  EXPECT_EQ(folder.contents(), Names{"file"});
}

} // namespace
