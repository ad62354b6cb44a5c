"""Made-up but plausible results of tuning, as the JSON lines that `swin-tune import` reads."""
import hashlib
import json
import math
import random

# Kernels of a small model: name, template, million multiply-adds, milliseconds of the default, how far the best is off.
KERNELS = [
    ("mlp_96", "tokens 1", 924, 4.9, 0.02),
    ("attention_96", "windows 1", 700, 5.6, 0.09),
    ("mlp_192", "tokens 1", 924, 4.4, 0.05),
    ("attention_192_shifted", "windows 1", 640, 4.1, 0.12),
    ("mlp_384", "tokens 1", 2774, 12.8, 0.03),
    ("attention_384_shifted_and_padded", "windows 1", 1700, 9.7, 0.07),
    ("merging_96", "tokens 1", 115, 0.9, 0.0),
    ("classifier", "pool 1", 0.8, 0.08, 0.2),
    ("embedding", "conv 1", 14.5, 0.3, 0.01),
]
CHOICES = {
    "tokens 1": {"products.0.tile.rows": [4, 6, 8, 12], "products.0.tile.vectors": [1, 2, 3, 4],
                 "products.0.chunk": [0, 96], "block_rows": [24, 48, 96, 192, 384], "few_rows": [64]},
    "windows 1": {"queries.rows": [4, 7, 14], "queries.vectors": [1, 2, 3], "windows": [1, 2, 4], "heads": [1, 3],
                  "query_vectors": [1, 2, 4], "stored_channels": [16, 32, 96], "scores.rows": [2, 4, 7]},
    "pool 1": {"vectors": [1, 2, 4, 8]},
    "conv 1": {"planes": [0, 1], "tile.rows": [4, 8], "tile.vectors": [2, 3, 4], "blocks.columns": [8, 32, 128],
               "blocks.rows": [1, 4], "chunk": [0]},
}  # fmt: skip
RUNS = [("20261126-170412-4711", "random", 1), ("20261126-171800-4790", "evolutionary", 1),
        ("20261126-173104-4802", "model", 2)]  # fmt: skip
CPU = "AuthenticAMD 25 17 AMD EPYC 9R14 96-Core Processor"
COMPILER = "0.1.0 llvm 22.1.8 halide 21.0.0"


def text(numbers):
    return " ".join(f"{name}={value}" for name, value in numbers.items())


def result(name, template, isa, numbers, run=RUNS[0], number=1, **fields):
    """A result with times; fields replace its own."""
    identifier, strategy, seed = run
    return {"format": 1, "signature": hashlib.sha256(name.encode()).hexdigest(), "isa": isa, "cpu": CPU,
            "compiler": COMPILER, "template": template, "kernel": name, "structure": template, "extents": [1],
            "sizes": "2 x 1x56x56", "macs": 1000000, "threads": 1, "schedule": text(numbers), "standard": False,
            "outcome": "measured", "message": "", "error": 1.5e-7, "cold_ms": 1.0, "warm_ms": 0.9,
            "standard_cold_ms": 1.0, "standard_warm_ms": 0.9, "spread": 0.01, "ratio": 1.0, "rounds": 11,
            "peak_gmacs": 58.6, "confirmed": False, "run": identifier, "strategy": strategy, "seed": seed,
            "number": number, "seconds": float(number), **fields}  # fmt: skip


def surface(choices, numbers, depth, generator):
    """A log ratio: some parameters matter, the first two together, and the best is `depth` above the default."""
    value = depth
    for place, (name, values) in enumerate(choices.items()):
        weight = [0.3, 0.12, 0.01, 0.05, 0.0, 0.03, 0.08][place % 7]
        best = values[(len(name) + place) % len(values)]
        away = abs(values.index(numbers[name]) - values.index(best)) / max(1, len(values) - 1)
        value -= weight * away * (1.5 if place == 1 and numbers[next(iter(choices))] > 6 else 1)
    return value + generator.gauss(0, 0.006)


def kernel_results(kernel, isa, run, trials, generator, start):
    """What a run finds of a kernel: the default, trials, and the best measured again."""
    name, template, million, standard, depth = kernel
    standard *= {"x86-64-v4": 1.0, "x86-64-v3": 1.18}[isa]
    choices = CHOICES[template]
    fields = {"macs": round(million * 2.5e5)}
    default = {parameter: values[len(values) // 2] for parameter, values in choices.items()}
    offset = surface(choices, default, 0, random.Random(7))
    best, number, found = (0, default), 0, []
    for trial in range(trials):
        numbers = default if trial == 0 else {p: generator.choice(v) for p, v in choices.items()}
        if trial > 20 and run[1] != "random":
            numbers = {p: best[1][p] if generator.random() < 0.7 else numbers[p] for p in choices}
        number += 1
        if generator.random() < 0.03 and trial:
            outcome = generator.choice(["failed", "wrong", "crashed"])
            found.append(result(name, template, isa, numbers, run, number, outcome=outcome, message="it does not work",
                                cold_ms=0.0, warm_ms=0.0, ratio=0.0, seconds=start + number * 0.4, **fields))
            continue
        log = min(surface(choices, numbers, 0, generator) - offset, depth + generator.gauss(0, 0.004))
        ratio = math.exp(log) if trial else 1.0 + generator.gauss(0, 0.002)
        times = {"cold_ms": standard / ratio, "warm_ms": 0.93 * standard / ratio, "standard_cold_ms": standard,
                 "standard_warm_ms": 0.95 * standard, "ratio": ratio, "spread": abs(generator.gauss(0.01, 0.004))}
        found.append(result(name, template, isa, numbers, run, number, standard=trial == 0,
                            outcome="measured" if ratio > best[0] / 1.03 else "stopped",
                            seconds=start + number * 0.4, **times, **fields))
        best = max(best, (ratio, numbers), key=lambda pair: pair[0])
    if best[0] > 1.008:
        ratio = best[0] * 0.996
        times = {"cold_ms": standard / ratio, "warm_ms": 0.92 * standard / ratio, "standard_cold_ms": standard,
                 "standard_warm_ms": 0.95 * standard, "ratio": ratio, "spread": 0.006}
        found.append(result(name, template, isa, best[1], run, number + 1, confirmed=True, rounds=41,
                            seconds=start + (number + 1) * 0.4, **times, **fields))
    return found


def results(trials, isas=("x86-64-v4", "x86-64-v3"), kernels=KERNELS, runs=RUNS, seed=1):
    """Of all kernels, instruction sets and runs, so many trials of each."""
    generator, found = random.Random(seed), []
    for run in runs:
        for isa in isas:
            for kernel in kernels:
                found += kernel_results(kernel, isa, run, trials, generator, start=0.3 * len(found) % 600)
    return found


def lines(found):
    return "".join(json.dumps(one) + "\n" for one in found)
