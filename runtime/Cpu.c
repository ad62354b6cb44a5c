/*===- Cpu.c - what this machine has and what the process may use of it -----===*
 * See Cpu.h. Files under /proc and /sys that are missing or look strange limit
 * nothing.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runtime/Cpu.h"
#include "runtime/Threads.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

static swin_cpuid read_cpuid(void) {
  swin_cpuid cpuid = {0, 0, 0, 0, 0};
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d)) {
    cpuid.ecx1 = c;
    cpuid.edx1 = d;
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
    cpuid.ebx7 = b;
  if (__get_cpuid(0x80000001, &a, &b, &c, &d))
    cpuid.ecx80000001 = c;
  if (cpuid.ecx1 & bit_OSXSAVE) {
    /* xgetbv, by hand: the intrinsic needs a compiler flag. */
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    cpuid.xcr0 = (uint64_t)high << 32 | low;
  }
  return cpuid;
}

static int machine_level(void) {
  swin_cpuid cpuid = read_cpuid();
  return SWINMODEL_rt_x86_level(&cpuid);
}
#else
static int machine_level(void) { return 0; }
#endif

int SWINMODEL_rt_x86_level(const swin_cpuid *cpuid) {
  /* SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT; LAHF. */
  const uint32_t v2 = 1u << 0 | 1u << 9 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 23, v2_extended = 1u << 0;
  /* FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT. */
  const uint32_t v3 = 1u << 12 | 1u << 22 | 1u << 27 | 1u << 28 | 1u << 29, v3_extended = 1u << 5;
  const uint32_t v3_leaf7 = 1u << 3 | 1u << 5 | 1u << 8;
  /* AVX512 F, DQ, CD, BW, VL. */
  const uint32_t v4_leaf7 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
  /* The system saves xmm and ymm; also the mask registers and both halves of zmm. */
  const uint64_t ymm = 0x6, zmm = 0xe6;
  if ((cpuid->ecx1 & v2) != v2 || (cpuid->ecx80000001 & v2_extended) != v2_extended)
    return 1;
  if ((cpuid->ecx1 & v3) != v3 || (cpuid->ebx7 & v3_leaf7) != v3_leaf7 ||
      (cpuid->ecx80000001 & v3_extended) != v3_extended || (cpuid->xcr0 & ymm) != ymm)
    return 2;
  return (cpuid->ebx7 & v4_leaf7) == v4_leaf7 && (cpuid->xcr0 & zmm) == zmm ? 4 : 3;
}

bool SWINMODEL_rt_isa_usable(const char *isa) {
  static const char *const levels[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  for (int level = 1; level <= 4; ++level)
    if (strcmp(isa, levels[level - 1]) == 0)
      return machine_level() >= level;
#if defined(__aarch64__)
  return strcmp(isa, "aarch64") == 0;
#else
  return false;
#endif
}

/* Reads a small file; false if there is none. */
static bool read_file(const char *path, char *text, size_t size) {
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return false;
  size_t length = fread(text, 1, size - 1, file);
  text[length] = '\0';
  fclose(file);
  return true;
}

static int whole_cpus(long long quota, long long period) {
  if (quota <= 0 || period <= 0 || quota / period > INT32_MAX)
    return INT32_MAX;
  return quota < period ? 1 : (int)(quota / period);
}

/* The limit of one cgroup: version 2 in one file, version 1 in two. */
static int quota_of(const char *folder, bool version2) {
  char path[4200], text[64];
  long long quota = 0, period = 0;
  snprintf(path, sizeof path, "%s/%s", folder, version2 ? "cpu.max" : "cpu.cfs_quota_us");
  if (!read_file(path, text, sizeof text))
    return INT32_MAX;
  if (version2)
    return sscanf(text, "%lld %lld", &quota, &period) == 2 ? whole_cpus(quota, period) : INT32_MAX;
  quota = strtoll(text, NULL, 10);
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  return read_file(path, text, sizeof text) ? whole_cpus(quota, strtoll(text, NULL, 10)) : INT32_MAX;
}

/* The tightest limit of a cgroup and those around it. In a container the path may be the host's: then only the mount's
 * own limit is there. */
static int tightest(const char *mount, const char *path, bool version2) {
  char folder[4096];
  int limit = INT32_MAX;
  int length = snprintf(folder, sizeof folder, "%s%s", mount, path);
  if (length < 0 || (size_t)length >= sizeof folder)
    return limit;
  size_t end = (size_t)length, first = strlen(mount);
  for (;;) {
    while (end > first && folder[end - 1] == '/')
      --end;
    folder[end] = '\0';
    int own = quota_of(folder, version2);
    limit = own < limit ? own : limit;
    if (end <= first)
      return limit;
    while (end > first && folder[end - 1] != '/')
      --end;
  }
}

/* True if a comma-separated list has "cpu" in it. */
static bool has_cpu(const char *list) {
  for (; list != NULL; list = strchr(list, ',')) {
    list += *list == ',';
    size_t length = strcspn(list, ",");
    if (length == 3 && strncmp(list, "cpu", 3) == 0)
      return true;
  }
  return false;
}

int SWINMODEL_rt_cgroup_cpus(const char *cgroup_file, const char *root) {
  char line[4096], mount[512];
  int limit = INT32_MAX;
  FILE *file = fopen(cgroup_file, "re");
  if (file == NULL)
    return limit;
  while (fgets(line, sizeof line, file) != NULL) {
    /* "hierarchy:controllers:path"; version 2 has no controllers here. */
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
    if (path == NULL)
      continue;
    *path++ = '\0';
    ++controllers;
    bool version2 = *controllers == '\0';
    if (!version2 && !has_cpu(controllers))
      continue;
    int length = snprintf(mount, sizeof mount, "%s%s%s", root, version2 ? "" : "/", controllers);
    if (length < 0 || (size_t)length >= sizeof mount)
      continue;
    int own = tightest(mount, path, version2);
    limit = own < limit ? own : limit;
  }
  fclose(file);
  return limit;
}

/* The affinity mask, as large as the kernel wants it; NULL if it can't be had. Freed with CPU_FREE. */
static cpu_set_t *affinity(size_t *bytes, int *num_cpus) {
  for (*num_cpus = 1024; *num_cpus <= 1 << 18; *num_cpus *= 2) {
    cpu_set_t *set = CPU_ALLOC((size_t)*num_cpus);
    if (set == NULL)
      return NULL;
    *bytes = CPU_ALLOC_SIZE((size_t)*num_cpus);
    if (sched_getaffinity(0, *bytes, set) == 0)
      return set;
    CPU_FREE(set);
  }
  return NULL;
}

static int within_quota(int count) {
  int quota = SWINMODEL_rt_cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup");
  count = count < quota ? count : quota;
  return count < 1 ? 1 : count < swin_max_threads ? count : swin_max_threads;
}

int SWINMODEL_rt_usable_cpus(void) {
  size_t bytes;
  int num_cpus, count = 1;
  cpu_set_t *set = affinity(&bytes, &num_cpus);
  if (set != NULL) {
    count = CPU_COUNT_S(bytes, set);
    CPU_FREE(set);
  }
  return within_quota(count);
}

int SWINMODEL_rt_usable_cores(void) {
  size_t bytes;
  int num_cpus, count = 0;
  cpu_set_t *set = affinity(&bytes, &num_cpus);
  if (set == NULL)
    return 1;
  for (int cpu = 0; cpu < num_cpus; ++cpu) {
    if (!CPU_ISSET_S((size_t)cpu, bytes, set))
      continue;
    ++count;
    /* The other hardware threads of its core, "0,64" or "0-1", need not be counted any more. */
    char path[80], text[256];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    if (!read_file(path, text, sizeof text))
      continue;
    for (char *at = text; *at >= '0' && *at <= '9'; at += *at == ',') {
      long first = strtol(at, &at, 10);
      long last = *at == '-' ? strtol(at + 1, &at, 10) : first;
      for (long sibling = first; sibling <= last && sibling < num_cpus; ++sibling)
        if (sibling > cpu)
          CPU_CLR_S((size_t)sibling, bytes, set);
    }
  }
  CPU_FREE(set);
  return within_quota(count);
}
