"""Interleaved rounds, and the arithmetic on what they measured.

Each round measures the peak and every entry in turn, so all see the same clock and the same neighbours. Interruptions
only ever slow a run down: the fastest run against the highest peak is what the code can do; medians say how it went.
"""
import contextlib
import fcntl
import math
import statistics
import time

from contestants import Failure, peak
from digits import read_npy

AGREEMENT = 1e-3  # largest difference of two outputs, of the largest magnitude in ours


class Entry:
    """One contestant on one image. share: how many units (images, pixels) one run is, where ratios are per unit."""

    def __init__(self, contestant, batch, size, share=1, reference=None):
        self.contestant, self.batch, self.size, self.share = contestant, batch, size, share
        self.label = contestant.name
        self.fastest, self.medians, self.peaks, self.near = math.inf, [], [], []

    def add(self, fastest, median, before, after):
        """A slice; before and after: GMAC/s of the peak on both sides of it."""
        self.fastest = min(self.fastest, fastest)
        self.medians.append(median)
        self.peaks += [before, after]
        self.near.append((before + after) / 2)

    def median(self):
        return statistics.median(self.medians)

    def efficiency(self, macs):
        """Of the fastest run against the highest peak; None where nobody knows the multiply-adds."""
        return macs and macs / (1e6 * self.fastest * max(self.peaks))

    def median_efficiency(self, macs):
        """Median of the rounds, each against the peak just before and after it."""
        return macs and statistics.median(macs / (1e6 * ms * near) for ms, near in zip(self.medians, self.near))

    def ratio(self, reference):
        """How many times this one's time per unit is the reference's: (of the fastest runs, of the medians)"""
        scale = reference.share / self.share
        return scale * self.fastest / reference.fastest, scale * self.median() / reference.median()


class Group:
    """Entries that are measured together; the first one is what the others are compared with."""

    def __init__(self, experiment, model, entries):
        self.experiment, self.model, self.entries = experiment, model, entries

    def efficiency(self, entry):
        return entry.efficiency(self.macs(entry)), entry.median_efficiency(self.macs(entry))

    def macs(self, entry):
        """Of one run; those of a peer are those of ours, which runs the same network on the same image."""
        same = [other for other in self.entries if (other.batch, other.size) == (entry.batch, entry.size)]
        return next((other.contestant.macs for other in same if other.contestant.macs), None)


def disagreement(path, reference):
    """Largest difference of two arrays, of the reference's largest magnitude; NaN counts as infinite."""
    shape, values = read_npy(path)
    expected_shape, expected = read_npy(reference)
    if shape != expected_shape:
        raise Failure(f"an output of shape {shape}, ours has {expected_shape}")
    worst = max(abs(a - b) for a, b in zip(values, expected))
    sizes = [abs(value) for value in expected]
    # A comparison with NaN is false.
    return worst / max(sizes) if all(abs(v) < math.inf for v in [*values, *expected]) else math.inf


def check_outputs(results):
    """results: [(name, path)] on one image, ours first."""
    for name, path in results[1:]:
        found = disagreement(path, results[0][1])
        if not found <= AGREEMENT:
            raise Failure(f"{name} gives another result than {results[0][0]}: they differ by {found:.2g} of the "
                          f"magnitude, allowed is {AGREEMENT:g}")  # fmt: skip


@contextlib.contextmanager
def alone(path):
    """Holds a lock file, where there is one: nobody else who takes it builds or measures meanwhile."""
    if not path:
        yield
        return
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def measure(group, options):
    """Rounds until there are enough of them; while the first entry's fastest run is slower than required, there are
    more for a while: neighbours of a virtual machine take its cache and memory for seconds at a time."""
    with alone(options.lock):
        end = time.monotonic() + options.patience
        while len(group.entries[0].medians) < options.rounds or (
            (group.efficiency(group.entries[0])[0] or math.inf) < options.require and time.monotonic() < end
        ):
            for entry in group.entries:
                contestant = entry.contestant
                before = peak(options.bin, contestant.isa, contestant.threads)
                fastest, median = contestant.slice(options.seconds, options.least)
                entry.add(fastest, median, before, peak(options.bin, contestant.isa, contestant.threads))
