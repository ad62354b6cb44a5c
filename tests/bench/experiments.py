"""What bench can measure: each experiment is a list of groups, made one after the other, as models are large."""
import contextlib
import os
import subprocess
import time

import models
import report
from contestants import Failure, Own, Peer, output
from rounds import Entry, Group, check_outputs, measure

LABELS = {"x86-64-v4": "AVX-512", "x86-64-v3": "AVX2"}
SQUARES = [224, 512, 1024]
WEIGHT_BYTES = 28288354 * 4  # of Swin-T
# Of compiling it on two cores: seconds at first, with every kernel in the cache, and bytes beside the compiler's own.
COMPILE_LIMITS = {"seconds": 20, "warm_seconds": 2, "weights_peak_bytes": 1.5 * WEIGHT_BYTES}


class Bench:
    """What all experiments share: options, the peers found, and compiled programs and images, each made once."""

    def __init__(self, options, peers, scratch, kept):
        self.options, self.peers, self.scratch, self.kept = options, peers, scratch, kept
        self.programs = {}

    def folder(self, name):
        """The model's files; with weights where a peer needs them too."""
        folder = os.path.join(self.options.work, name)
        models.describe(models.MODELS[name], folder)
        if self.peers and not os.path.exists(os.path.join(folder, "model.safetensors")):
            output([self.options.python, os.path.join(os.path.dirname(__file__), "peer.py"), "weights", folder])
        return folder

    def program(self, name, *flags):
        """The model, compiled; with --executable, that one."""
        if self.options.executable:
            return self.options.executable
        key = (name, *flags)
        if key not in self.programs:
            folder, described = os.path.join(self.scratch, f"own{len(self.programs)}"), self.folder(name)
            weights = os.path.join(described, "model.safetensors")
            weights = weights if self.peers and os.path.exists(weights) else "synthetic"
            compile_model(self.options.bin, folder, os.path.join(described, "config.json"), "--weights", weights,
                          *flags)  # fmt: skip
            self.programs[key] = os.path.join(folder, "model")
        return self.programs[key]

    def forget(self):
        """Room for the next model's weights."""
        for program in self.programs.values():
            for name in os.listdir(os.path.dirname(program)):
                os.remove(os.path.join(os.path.dirname(program), name))
        self.programs.clear()

    def image(self, batch, size):
        path = os.path.join(self.scratch, f"{batch}x{size[0]}x{size[1]}.npy")
        if not os.path.exists(path):
            models.write_image(path, (batch, 3, *size))
        return path

    def own(self, name, isa, threads, *flags, label=""):
        return Own(lambda: self.program(name, *flags), isa, threads, label or f"ours, {LABELS[isa]}")

    def run(self, group):
        """Starts all of a group, compares what they compute, measures them, stops them. What report.group_json says of
        it; of a group that was measured before, what it said then."""
        for other in self.kept:
            if report.same(other, group):
                return other
        options = self.options
        with contextlib.ExitStack() as stack:
            results = {}
            for number, entry in enumerate(group.entries):
                stack.callback(entry.contestant.stop)
                image = self.image(entry.batch, entry.size)
                path = os.path.join(self.scratch, f"result{number}.npy")
                entry.contestant.start(image, path)
                results.setdefault(image, []).append((entry.contestant.name, path))
            for found in results.values():
                check_outputs(found)
            measure(group, options)
        return report.group_json(group)


def compile_model(bin_folder, folder, *model):
    """(seconds, peak bytes) of swin-compile."""
    command = [os.path.join(bin_folder, "swin-compile"), *model, "--name", "model", "--emit", "exe", "-o", folder, "-q"]
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit status {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss * 1024


def speed_at(bench, name, batch, size, threads):
    entries = [Entry(bench.own(name, isa, threads), batch, size) for isa in bench.options.isas]
    for peer, version in bench.peers.items():
        contestant = Peer(bench.options.python, peer, version, bench.options.isas[0], threads,
                          lambda: bench.folder(name))  # fmt: skip
        entries.append(Entry(contestant, batch, size))
    return bench.run(Group("speed", models.MODELS[name], entries))


def speed(bench):
    """Ours for each instruction set, and the peers: every model, batch and number of threads."""
    for name in bench.options.models:
        size = bench.options.size or models.MODELS[name].size
        for batch in bench.options.batch:
            for threads in bench.options.threads:
                yield speed_at(bench, name, batch, size, threads)
        bench.forget()


def own_groups(bench, experiment, contestants):
    """contestants(name, isa): entries of ours alone, for every model and instruction set."""
    for name in bench.options.models:
        for isa in bench.options.isas:
            yield bench.run(Group(experiment, models.MODELS[name], contestants(name, isa)))
        bench.forget()


def threads(bench):
    """Two threads against one."""
    def entries(name, isa):
        size = models.MODELS[name].size
        return [Entry(bench.own(name, isa, count, label=f"{LABELS[isa]}, {report.plural(count, 'thread')}"), 1, size)
                for count in [1, 2]]  # fmt: skip

    return own_groups(bench, "threads", entries)


def batch(bench):
    """An image of a batch of 8 against one alone."""
    def entries(name, isa):
        size = models.MODELS[name].size
        return [Entry(bench.own(name, isa, 1, label=f"{LABELS[isa]}, batch {count}"), count, size, share=count)
                for count in [1, 8]]  # fmt: skip

    return own_groups(bench, "batch", entries)


def fixed(bench):
    """A library for every size against one that was compiled for the model's size."""
    def entries(name, isa):
        height, width = models.MODELS[name].size
        return [
            Entry(bench.own(name, isa, 1, *flags, label=f"{LABELS[isa]}, {label}"), 1, (height, width))
            for label, flags in [("any size", []), (f"{height}x{width}", ["--size", f"{height}x{width}"])]
        ]

    return own_groups(bench, "fixed", entries)


def fast(bench):
    """Products by --fast-matmul against direct ones."""
    def entries(name, isa):
        size = models.MODELS[name].size
        return [Entry(bench.own(name, isa, 1, *flags, label=f"{LABELS[isa]}, {label}"), 1, size)
                for label, flags in [("direct", []), ("fast matmul", ["--fast-matmul"])]]  # fmt: skip

    return own_groups(bench, "fast", entries)


def pixels(bench):
    """Time per pixel of Swin-T from 224 x 224 to 1024 x 1024; then the larger ones beside the peers."""
    for isa in bench.options.isas:
        entries = [Entry(bench.own("swin_t", isa, 1, label=f"{LABELS[isa]}, {side}x{side}"), 1, (side, side),
                         share=side * side) for side in SQUARES]  # fmt: skip
        yield bench.run(Group("pixels", models.MODELS["swin_t"], entries))
    for side in SQUARES[1:] if bench.peers else []:
        yield speed_at(bench, "swin_t", 1, (side, side), 1)
    bench.forget()


EXPERIMENTS = {"speed": speed, "threads": threads, "batch": batch, "fixed": fixed, "pixels": pixels, "fast": fast}


def compiling(bench):
    """(facts, problems) of compiling Swin-T, twice; the compiler's own memory is that for a model of no size."""
    folder = os.path.join(bench.scratch, "compiling")
    small = models.describe(models.MODELS["small"], os.path.join(folder, "description"))

    def compiled(name, *model):
        return compile_model(bench.options.bin, os.path.join(folder, name), *model, "--weights", "synthetic", "--cache",
                             os.path.join(folder, "cache"))  # fmt: skip

    _, itself = compiled("small", small)
    seconds, memory = compiled("first", "--arch", "swin_t")
    warm, _ = compiled("second", "--arch", "swin_t")
    facts = {"seconds": seconds, "warm_seconds": warm, "weights_peak_bytes": memory - itself,
             "itself_peak_bytes": itself, "weights_bytes": WEIGHT_BYTES}  # fmt: skip
    problems = [f"swin-compile of Swin-T: {fact} are {facts[fact]:.3g}, allowed are {limit:.3g}"
                for fact, limit in COMPILE_LIMITS.items() if facts[fact] > limit]  # fmt: skip
    return facts, problems
