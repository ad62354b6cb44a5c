"""Which room may include what (docs/Design.md, section 1), and no source sees both MLIR and Halide.

An include is looked up from the root of the repository. The second rule follows includes through our own headers.
"""
import os
import re
import sys

import repository

ROOMS = ("dsl", "passes", "codegen", "runtime", "tools", "tests", "python")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+[<"]([^">]+)[>"]', re.M)

# First match decides. "system": the C and C++ standard library and POSIX. A trailing * matches any rest.
RULES = [
    ("passes/dialect/*", ("mlir", "passes/dialect/*")),
    ("passes/reference/*", ("mlir", "passes/dialect/*", "passes/reference/*")),
    ("passes/transforms/*", ("mlir", "passes/dialect/*", "passes/reference/*", "passes/transforms/*")),
    ("dsl/*", ("mlir", "json", "dsl/*", "passes/dialect/*", "passes/reference/ConstantStore.h")),
    ("codegen/KernelGraph.h", ()),
    ("codegen/KernelCompiler.h", ("codegen/KernelGraph.h",)),
    ("codegen/KernelPipeline.h", ("halide",)),
    ("codegen/ScheduleSpace.h", ("codegen/KernelGraph.h",)),
    ("codegen/algorithms/*", ("halide", "codegen/KernelGraph.h", "codegen/KernelPipeline.h", "codegen/algorithms/*")),
    ("codegen/schedules/*", ("halide", "codegen/KernelPipeline.h", "codegen/ScheduleSpace.h", "codegen/schedules/*")),
    ("codegen/tuning/*", ("mlir", "json", "sqlite", "codegen/*", "passes/*", "runtime/*.h", "tools/runner/Machine.h")),
    ("codegen/*", ("mlir", "halide", "codegen/*", "passes/*", "runtime/*.h")),
    ("runtime/*", ("stb", "runtime/*")),
    ("tools/layers/*", ("json", "tools/layers/*", "dsl/Safetensors.h", "dsl/TensorValues.h", "dsl/FileErrors.h",
                        "dsl/Diagnostics.h", "runtime/image/*")),
    ("tools/pictures/*", ("stb", "tools/pictures/*", "tools/report/*", "runtime/image/*")),
    ("tools/report/*", ("json", "tools/report/*")),
    ("tools/runner/*", ("json", "tools/runner/*", "tools/layers/*", "tools/pictures/*", "tools/report/*", "runtime/*")),
    ("tools/*", ("mlir", "halide", "json", "stb", "tools/*", "dsl/*", "passes/*", "codegen/*", "runtime/*")),
    ("tests/*", ("mlir", "halide", "json", "sqlite", "stb", "gtest", "tests/*", "tools/*", "dsl/*", "passes/*",
                 "codegen/*", "runtime/*", "generated")),
]  # fmt: skip


def kind(included):
    """A room's path for our headers, else the name of the library."""
    if included.split("/")[0] in ROOMS and "/" in included:
        return included
    for prefix, library in [
        ("mlir/", "mlir"), ("llvm/", "mlir"), ("mlir-c/", "mlir"), ("llvm-c/", "mlir"), ("llvm-", "mlir"),
        ("Halide", "halide"), ("nlohmann/", "json"), ("gtest/", "gtest"), ("gmock/", "gtest"), ("stb", "stb"),
        ("sqlite3", "sqlite"),
    ]:  # fmt: skip
        if included.startswith(prefix):
            return library
    return "system"


def matches(path, pattern):
    head, star, tail = pattern.partition("*")
    return path == pattern if not star else path.startswith(head) and path.endswith(tail)


def includes(text):
    """[(line, path)]"""
    return [(text.count("\n", 0, m.start(1)) + 1, m[1]) for m in INCLUDE.finditer(text)]


def check(sources):
    """Findings for {path: text}."""
    findings = []
    for path, text in sources.items():
        rule = next((allowed for pattern, allowed in RULES if matches(path, pattern)), None)
        for line, included in includes(text) if rule is not None else []:
            what = kind(included)
            if what == "system" or any(matches(what, pattern) for pattern in rule):
                continue
            # Headers written by a test for its own use lie beside it.
            if path.startswith("tests/") and os.path.join(os.path.dirname(path), included) in sources:
                continue
            findings.append(f"{path}:{line}: includes {included}, but {path.rpartition('/')[0]}/ must not know {what}")
    for path in sources:
        if path.endswith((".cpp", ".c")):
            seen = reached(path, sources)
            if "mlir" in seen and "halide" in seen:
                chains = f"MLIR by {' > '.join(seen['mlir'])}; Halide by {' > '.join(seen['halide'])}"
                findings.append(f"{path}:1: sees both MLIR and Halide: {chains}")
    return findings


def reached(path, sources):
    """{library: chain of includes that leads to it} of everything a source sees."""
    seen, found, queue = {path}, {}, [(path, (path,))]
    while queue:
        current, chain = queue.pop(0)
        for _, included in includes(sources[current]):
            what = kind(included)
            # Generated from TableGen: includes nothing itself, but only stands where MLIR does.
            if included not in sources:
                found.setdefault(what, chain + (included,))
            elif included not in seen:
                seen.add(included)
                queue.append((included, chain + (included,)))
    return found


if __name__ == "__main__":
    sys.exit(repository.report(check(repository.texts(".h", ".cpp", ".c", ".td"))))
