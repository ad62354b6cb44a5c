//===- KernelCacheTest.cpp - kernels on disk: found, damaged, removed, shared ===//
#include "codegen/KernelCache.h"
#include "tests/codegen/package/StubKernels.h"
#include "tests/codegen/package/TemporaryFolder.h"

#include "gtest/gtest.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <functional>
#include <map>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace swin::codegen;
using swin::test::TemporaryFolder;
using Names = std::set<std::string>;
namespace fs = std::filesystem;

namespace {

KernelObject kernelOf(const std::string &bytes) { return {"", {bytes.begin(), bytes.end()}, 640, "rows=6"}; }
std::string keyOf(char letter) { return std::string(64, letter); }
std::string fileOf(char letter) { return keyOf(letter) + ".kernel"; }

struct Cache : testing::Test {
  TemporaryFolder folder;
  KernelCache cache{folder.path("c")};

  std::string found(char letter) const {
    auto kernel = cache.find(keyOf(letter));
    return kernel ? std::string(kernel->object.begin(), kernel->object.end()) : "nothing";
  }
  /// Makes the last use of an entry, or of another file, older.
  void age(const std::string &file, std::chrono::minutes minutes) const {
    fs::path path = folder.path("c/" + file);
    fs::last_write_time(path, fs::last_write_time(path) - minutes);
  }
};

TEST_F(Cache, FindsWhatIsStored) {
  EXPECT_EQ(found('a'), "nothing");
  EXPECT_EQ(folder.contents(), Names()) << "nothing is made before there is something to store";
  cache.store(keyOf('a'), kernelOf("first"));
  cache.store(keyOf('b'), kernelOf("second"));
  EXPECT_EQ(found('a'), "first");
  EXPECT_EQ(found('b'), "second");
  EXPECT_EQ(found('c'), "nothing");
  EXPECT_EQ(cache.find(keyOf('a'))->scratchBytes, 640);
  EXPECT_EQ(cache.find(keyOf('a'))->schedule, "rows=6");
  cache.store(keyOf('a'), kernelOf("other"));
  EXPECT_EQ(found('a'), "other");
  EXPECT_EQ(folder.contents(), (Names{"c", "c/" + fileOf('a'), "c/" + fileOf('b')}));
  EXPECT_EQ(fs::status(folder.path("c")).permissions(), fs::perms::owner_all);
  EXPECT_EQ(cache.problem(), "");
}

TEST_F(Cache, NoFolderIsNoCache) {
  KernelCache none("");
  none.store(keyOf('a'), kernelOf("x"));
  none.trim();
  EXPECT_FALSE(none.find(keyOf('a')));
  EXPECT_EQ(none.problem(), "");
}

TEST_F(Cache, DamagedEntriesAreNone) {
  cache.store(keyOf('a'), kernelOf("an object of some length"));
  const std::string entry = "c/" + fileOf('a'), whole = folder.read(entry);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 1;
    folder.write(entry, damaged);
    EXPECT_EQ(found('a'), "nothing") << "byte " << i;
    folder.write(entry, whole.substr(0, i));
    EXPECT_EQ(found('a'), "nothing") << i << " bytes";
  }
  folder.write(entry, whole + "x");
  EXPECT_EQ(found('a'), "nothing");
  folder.write(entry, std::string(whole.size(), '\0'));
  EXPECT_EQ(found('a'), "nothing");
  folder.write("c/" + fileOf('b'), whole);
  EXPECT_EQ(found('b'), "nothing") << "another kernel's entry";
  fs::resize_file(folder.path(entry), uint64_t(1) << 40);
  EXPECT_EQ(found('a'), "nothing") << "too large to be read at all";
  cache.store(keyOf('a'), kernelOf("again"));
  EXPECT_EQ(found('a'), "again");
}

TEST_F(Cache, WhatIsNoFileIsNone) {
  cache.store(keyOf('a'), kernelOf("real"));
  fs::create_symlink(folder.path("c/" + fileOf('a')), folder.path("c/" + fileOf('b')));
  fs::create_directory(folder.path("c/" + fileOf('c')));
  ASSERT_EQ(mkfifo(folder.path("c/" + fileOf('d')).c_str(), 0600), 0);
  for (char letter : {'b', 'c', 'd'})
    EXPECT_EQ(found(letter), "nothing") << letter;
  cache.store(keyOf('b'), kernelOf("b"));
  cache.store(keyOf('d'), kernelOf("d"));
  EXPECT_EQ(found('a') + found('b') + found('d'), "realbd");
}

TEST_F(Cache, OfAnotherUserIsNone) {
  if (geteuid() != 0)
    GTEST_SKIP() << "needs root to give a file away";
  cache.store(keyOf('a'), kernelOf("x"));
  ASSERT_EQ(chown(folder.path("c/" + fileOf('a')).c_str(), 12345, 12345), 0);
  EXPECT_EQ(found('a'), "nothing");
}

TEST_F(Cache, TrimRemovesWhatWasNotUsedLongest) {
  KernelCache small(folder.path("c"), 3300);
  int minutes = 60;
  for (char letter : {'a', 'b', 'c', 'd'}) {
    small.store(keyOf(letter), kernelOf(std::string(1000, letter)));
    age(fileOf(letter), std::chrono::minutes(minutes--));
  }
  folder.write("c/notes.txt", std::string(5000, 'n'));
  folder.write("c/.part-new", "being written");
  folder.write("c/.part-old", "its compiler was killed");
  age(".part-old", std::chrono::minutes(61));
  EXPECT_EQ(found('a'), std::string(1000, 'a')) << "a use: b is now the oldest";
  small.trim();
  EXPECT_EQ(folder.contents(),
            (Names{"c", "c/notes.txt", "c/.part-new", "c/" + fileOf('a'), "c/" + fileOf('c'), "c/" + fileOf('d')}));
  KernelCache(folder.path("c"), 0).trim();
  EXPECT_EQ(folder.contents(), (Names{"c", "c/notes.txt", "c/.part-new"}));
}

TEST_F(Cache, CannotBeWritten) {
  folder.write("c", "a file");
  cache.store(keyOf('a'), kernelOf("x"));
  cache.store(keyOf('b'), kernelOf("x"));
  cache.trim();
  EXPECT_EQ(found('a'), "nothing");
  EXPECT_EQ(cache.problem(), "kernels are not kept: '" + folder.path("c") + "': Not a directory");
}

// Each process stores, looks up and trims the same few entries; one is killed in the middle.
TEST_F(Cache, IsSharedByProcesses) {
  auto work = [&](unsigned seed, int rounds) {
    KernelCache own(folder.path("c"), 2500);
    for (int round = 0; round < rounds; ++round) {
      char letter = static_cast<char>('a' + (seed + static_cast<unsigned>(round) * 7) % 6);
      auto kernel = own.find(keyOf(letter));
      if (kernel && kernel->object != kernelOf(std::string(500, letter)).object)
        return 1;
      own.store(keyOf(letter), kernelOf(std::string(500, letter)));
      if (round % 5 == 0)
        own.trim();
      if (!own.problem().empty())
        return 2;
    }
    return 0;
  };
  std::vector<pid_t> children;
  for (unsigned seed = 0; seed < 4; ++seed) {
    pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0)
      _exit(work(seed, seed == 3 ? 1 << 30 : 500));
    children.push_back(child);
  }
  int status = 0;
  for (size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(waitpid(children[i], &status, 0), children[i]);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  kill(children[3], SIGKILL);
  ASSERT_EQ(waitpid(children[3], &status, 0), children[3]);
  EXPECT_TRUE(WIFSIGNALED(status)) << "ended by itself: " << status;
  EXPECT_EQ(work(0, 100), 0);
}

KernelGraph graphOf() {
  KernelGraph graph;
  graph.name = "mlp";
  graph.values = {{{-1, -1, -1, 16}}, {{16}}, {{-1, -1, -1, 16}}};
  graph.numArgs = 2;
  graph.numActivations = 1;
  Node node;
  node.op = "layer_norm";
  node.operands = {0, 1};
  node.result = 2;
  node.ints["window"] = {7, 7};
  node.floats["epsilon"] = 1e-5;
  node.words["shift"] = "axis";
  graph.nodes = {node};
  graph.result = 2;
  return graph;
}

TEST(KernelKey, DependsOnAllThatDecides) {
  std::vector<std::function<void(KernelGraph &)>> changes = {
      [](KernelGraph &) {},
      [](KernelGraph &graph) { graph.kind = KernelKind::Windows; },
      [](KernelGraph &graph) { graph.values[0].dims[3] = 32; },
      [](KernelGraph &graph) { graph.values[0].dims.push_back(1); },
      [](KernelGraph &graph) { graph.values.push_back({{1}}); },
      [](KernelGraph &graph) { graph.numArgs = 1; },
      [](KernelGraph &graph) { graph.numActivations = 2; },
      [](KernelGraph &graph) { graph.result = 1; },
      [](KernelGraph &graph) { graph.dense = true; },
      [](KernelGraph &graph) { graph.nodes.push_back(graph.nodes[0]); },
      [](KernelGraph &graph) { graph.nodes[0].op = "rms_norm"; },
      [](KernelGraph &graph) { graph.nodes[0].operands = {1, 0}; },
      [](KernelGraph &graph) { graph.nodes[0].result = 1; },
      [](KernelGraph &graph) { graph.nodes[0].ints["window"] = {7, 8}; },
      [](KernelGraph &graph) { graph.nodes[0].ints["unit"] = {}; },
      [](KernelGraph &graph) { graph.nodes[0].ints = {{"windows", {7, 7}}}; },
      [](KernelGraph &graph) { graph.nodes[0].floats["epsilon"] = std::nextafter(1e-5, 1); },
      [](KernelGraph &graph) { graph.nodes[0].words["shift"] = "never"; },
      [](KernelGraph &graph) { graph.nodes[0].words = {{"shift", "ax"}, {"is", ""}}; },
  };
  std::set<std::string> keys;
  for (size_t i = 0; i < changes.size(); ++i) {
    KernelGraph graph = graphOf();
    changes[i](graph);
    EXPECT_TRUE(keys.insert(kernelKey(graph, "x86-64-v3")).second) << "change " << i;
  }
  EXPECT_TRUE(keys.insert(kernelKey(graphOf(), "x86-64-v4")).second);
  EXPECT_TRUE(keys.insert(kernelKey(graphOf(), "x86-64-v3", "thread")).second);
  EXPECT_TRUE(keys.insert(kernelKey(graphOf(), "x86-64-v3", "", "rows=6")).second);
  swin::test::stubBehaviour.fingerprint = "another build";
  EXPECT_TRUE(keys.insert(kernelKey(graphOf(), "x86-64-v3")).second);
  swin::test::stubBehaviour = {};
  EXPECT_EQ(keys.begin()->size(), 64u);
  KernelGraph renamed = graphOf();
  renamed.name = "other";
  EXPECT_FALSE(keys.insert(kernelKey(renamed, "x86-64-v3")).second) << "names are given later";
}

TEST(CacheDirectory, FollowsFromTheEnvironment) {
  const char *const names[] = {"SWIN_CACHE_DIR", "XDG_CACHE_HOME", "HOME"};
  std::map<std::string, std::string> before;
  for (const char *name : names)
    if (const char *value = std::getenv(name))
      before[name] = value;
  auto with = [&](const char *own, const char *xdg, const char *home, const std::string &wanted = "") {
    setenv(names[0], own, 1);
    setenv(names[1], xdg, 1);
    setenv(names[2], home, 1);
    return cacheDirectory(wanted);
  };
  EXPECT_EQ(with("/own", "/xdg", "/user", "wanted"), "wanted");
  EXPECT_EQ(with("/own", "/xdg", "/user", "off"), "");
  EXPECT_EQ(with("own", "/xdg", "/user"), "own");
  EXPECT_EQ(with("off", "/xdg", "/user"), "");
  EXPECT_EQ(with("", "/xdg", "/user"), "/xdg/swin-compile");
  EXPECT_EQ(with("", "relative", "/user"), "/user/.cache/swin-compile");
  EXPECT_EQ(with("", "", "relative"), "");
  for (const char *name : names)
    unsetenv(name);
  EXPECT_EQ(cacheDirectory(""), "");
  for (const auto &[name, value] : before)
    setenv(name.c_str(), value.c_str(), 1);
}

} // namespace
