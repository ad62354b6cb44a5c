//===- CpuTest.cpp - other machines than this one; scratch of one worker --===//
extern "C" {
#include "runtime/Cpu.h"
#include "runtime/Memory.h"
}

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

namespace {

/// A machine with AVX-512 whose system saves all registers.
swin_cpuid skylake() { return {0x3ffaf3bf | 1u << 27, 0xffffffff, 0xd19f07ab | 1u << 31, 0x00000121, 0xe7}; }

TEST(Cpu, LevelNeedsFeaturesAndTheSystem) {
  swin_cpuid machine = skylake();
  EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 4);
  // Each bit of level 4, then of 3, then of 2.
  for (int bit : {16, 17, 28, 30, 31}) {
    machine = skylake();
    machine.ebx7 &= ~(1u << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 3) << "leaf 7 bit " << bit;
  }
  for (int bit : {5, 6, 7}) {
    machine = skylake();
    machine.xcr0 &= ~(uint64_t(1) << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 3) << "xcr0 bit " << bit;
  }
  for (int bit : {3, 5, 8}) {
    machine = skylake();
    machine.ebx7 &= ~(1u << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 2) << "leaf 7 bit " << bit;
  }
  for (int bit : {12, 22, 27, 28, 29}) {
    machine = skylake();
    machine.ecx1 &= ~(1u << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 2) << "leaf 1 bit " << bit;
  }
  for (int bit : {1, 2}) {
    machine = skylake();
    machine.xcr0 &= ~(uint64_t(1) << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 2) << "xcr0 bit " << bit;
  }
  machine = skylake();
  machine.ecx80000001 = 1;
  EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 2);
  machine.ecx80000001 = 0;
  EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 1);
  for (int bit : {0, 9, 13, 19, 20, 23}) {
    machine = skylake();
    machine.ecx1 &= ~(1u << bit);
    EXPECT_EQ(SWINMODEL_rt_x86_level(&machine), 1) << "leaf 1 bit " << bit;
  }
}

TEST(Cpu, Isas) {
  EXPECT_TRUE(SWINMODEL_rt_isa_usable("x86-64"));
  EXPECT_FALSE(SWINMODEL_rt_isa_usable("x86-64-v5"));
  EXPECT_FALSE(SWINMODEL_rt_isa_usable(""));
  __builtin_cpu_init();
  EXPECT_EQ(SWINMODEL_rt_isa_usable("x86-64-v3"), bool(__builtin_cpu_supports("x86-64-v3")));
  EXPECT_EQ(SWINMODEL_rt_isa_usable("x86-64-v4"), bool(__builtin_cpu_supports("x86-64-v4")));
}

TEST(Cpu, ThisMachine) {
  int cpus = SWINMODEL_rt_usable_cpus(), cores = SWINMODEL_rt_usable_cores();
  EXPECT_GE(cores, 1);
  EXPECT_LE(cores, cpus);
}

struct Cgroups : testing::Test {
  std::filesystem::path root;
  void SetUp() override {
    std::string name = testing::TempDir() + "swin-cgroup-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root = name;
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  void write(const std::string &path, const std::string &text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  int cpus(const std::string &groups) {
    write("groups", groups);
    return SWINMODEL_rt_cgroup_cpus((root / "groups").c_str(), root.c_str());
  }
};

TEST_F(Cgroups, Version2) {
  EXPECT_EQ(cpus("0::/a/b\n"), INT32_MAX);
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cpus("0::/a/b\n"), INT32_MAX);
  write("a/b/cpu.max", "350000 100000\n");
  EXPECT_EQ(cpus("0::/a/b\n"), 3);
  EXPECT_EQ(cpus("0::/a\n"), INT32_MAX);
  // What holds for a group holds for those inside.
  write("a/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpus("0::/a/b\n"), 2);
  EXPECT_EQ(cpus("0::/a/b/c/d\n"), 2);
  write("cpu.max", "50000 100000\n");
  EXPECT_EQ(cpus("0::/\n"), 1);
  // A path of the host's, not to be seen in here.
  EXPECT_EQ(cpus("0::/elsewhere/c\n"), 1);
}

TEST_F(Cgroups, Version1) {
  write("cpu,cpuacct/a/cpu.cfs_quota_us", "400000\n");
  write("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpus("5:memory:/a\n4:cpu,cpuacct:/a\n3:cpuset:/\n0::/\n"), 4);
  write("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cpus("4:cpu,cpuacct:/a\n"), INT32_MAX);
  EXPECT_EQ(cpus("4:cpuset:/a\n"), INT32_MAX);
}

TEST_F(Cgroups, StrangeFiles) {
  write("a/cpu.max", "nonsense\n");
  EXPECT_EQ(cpus("0::/a\n"), INT32_MAX);
  write("a/cpu.max", "100000 0\n");
  EXPECT_EQ(cpus("0::/a\n"), INT32_MAX);
  write("a/cpu.max", "-5 -5\n");
  EXPECT_EQ(cpus("0::/a\n"), INT32_MAX);
  EXPECT_EQ(cpus("no colons\n\n:\n::\n"), INT32_MAX);
  EXPECT_EQ(cpus("0::/" + std::string(5000, 'x') + "\n"), INT32_MAX);
  EXPECT_EQ(SWINMODEL_rt_cgroup_cpus("/nowhere/at/all", "/"), INT32_MAX);
}

struct Scratch : testing::Test {
  alignas(64) char memory[1024];
  swin_scratch scratch = {};
  void SetUp() override {
    scratch.start = memory;
    scratch.bytes = sizeof memory;
  }
  char *get(size_t bytes) { return static_cast<char *>(SWINMODEL_rt_scratch_get(&scratch, bytes)); }
  void put(char *block) { SWINMODEL_rt_scratch_put(&scratch, block); }
};

TEST_F(Scratch, AnyOrder) {
  char *a = get(1), *b = get(65), *c = get(64);
  EXPECT_EQ(a, memory);
  EXPECT_EQ(b, memory + 64);
  EXPECT_EQ(c, memory + 192);
  put(b); // below c: its room comes back with c's
  char *d = get(64);
  EXPECT_EQ(d, memory + 256);
  put(d);
  put(c);
  EXPECT_EQ(get(64), memory + 64);
  put(nullptr);
  put(memory + 500); // was never given out
  put(memory + 64);
  put(a);
  EXPECT_EQ(scratch.used, 0u);
  EXPECT_EQ(get(sizeof memory), memory);
  EXPECT_FALSE(scratch.exceeded);
}

TEST_F(Scratch, TooMuch) {
  char *a = get(1000), *b = get(5000);
  EXPECT_TRUE(scratch.exceeded);
  ASSERT_NE(b, nullptr);
  std::memset(b, 1, 5000);
  put(a);
  char *c = get(64);
  put(b);
  put(c);
  EXPECT_EQ(scratch.used, 0u);
  EXPECT_EQ(get(SIZE_MAX), nullptr);
  EXPECT_EQ(get(SIZE_MAX - 100), nullptr);
  scratch.exceeded = false;
  for (int i = 0; i < swin_max_blocks; ++i)
    ASSERT_NE(get(0), nullptr) << i;
  EXPECT_EQ(get(0), nullptr);
  EXPECT_TRUE(scratch.exceeded);
}

TEST_F(Scratch, RandomOrder) {
  std::minstd_rand random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<char *> live;
    for (int i = 0; i < 7; ++i) {
      size_t bytes = 1 + random() % 128;
      live.push_back(get(bytes));
      ASSERT_NE(live.back(), nullptr);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(live.back()) % 64, 0u);
      std::memset(live.back(), 1, bytes);
      // Now and then one is freed at once.
      if (random() % 4 == 0) {
        put(live.back());
        live.pop_back();
      }
    }
    std::shuffle(live.begin(), live.end(), random);
    for (char *block : live)
      put(block);
    ASSERT_EQ(scratch.used, 0u);
    ASSERT_EQ(scratch.num_blocks, 0);
  }
  EXPECT_FALSE(scratch.exceeded);
}

TEST(Arena, Reserves) {
  swin_arena arena = {};
  ASSERT_TRUE(SWINMODEL_rt_arena_reserve(&arena));
  EXPECT_GE(arena.bytes, size_t(1) << 20);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.start) % 64, 0u);
  arena.start[0] = arena.start[arena.bytes - 1] = 1;
  SWINMODEL_rt_arena_release(&arena);
  EXPECT_FALSE(arena.reserved);
}

} // namespace
