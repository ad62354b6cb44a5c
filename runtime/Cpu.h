/*===- Cpu.h - what this machine has and what the process may use of it -----===*
 * Nothing here is remembered between calls. The functions that read registers and
 * files take them as arguments, so that other machines can be tested.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_CPU_H
#define SWIN_RUNTIME_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* The registers of cpuid that say which instructions there are, and xcr0: which registers the system saves. Leaves that
 * the machine does not have are 0; xcr0 is 0 where it can't be read. */
typedef struct {
  uint32_t ecx1, edx1;  /* leaf 1 */
  uint32_t ebx7;        /* leaf 7 */
  uint32_t ecx80000001; /* leaf 0x80000001 */
  uint64_t xcr0;
} swin_cpuid;

/* Level 1 to 4 of the x86-64 psABI: all features of that level and of those below, usable under this system. */
int SWINMODEL_rt_x86_level(const swin_cpuid *cpuid);

/* True if code for that instruction set ("x86-64-v3", "aarch64" ...) runs here; false for unknown ones. */
bool SWINMODEL_rt_isa_usable(const char *isa);

/* Processors that the affinity mask and the cgroup's CPU quota leave this process; at least 1. */
int SWINMODEL_rt_usable_cpus(void);
/* The same, but hardware threads of one core count once. At most swin_max_threads. */
int SWINMODEL_rt_usable_cores(void);

/* Whole CPUs that the cgroups of a process may use, at least 1; INT32_MAX without a limit. cgroup_file: like
 * /proc/self/cgroup; root: like /sys/fs/cgroup. */
int SWINMODEL_rt_cgroup_cpus(const char *cgroup_file, const char *root);

#endif /* SWIN_RUNTIME_CPU_H */
