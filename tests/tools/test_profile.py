"""--profile of swin-run on libraries written by hand: its JSON, its table, runs in tiles; and what it costs."""
import json
import unittest

from running import CLASSES, UPSCALE, RunCase

LISTS = {"calls": ["kernel", "kind", "layer"], "kernels": ["kernel", "kind"], "kinds": ["kind"]}
FIELDS = ["calls", "ms_min", "ms_median", "share", "macs", "bytes", "of_peak", "of_bound"]


class Profile(RunCase):
    def profile(self, *arguments):
        """What was printed, and the file."""
        text = self.output(*arguments, "--profile", "profile.json")
        with open(self.path("profile.json")) as file:
            return text, json.load(file)

    def check_input(self, found, repetitions):
        self.assertEqual(list(found), ["input", "n", "h", "w", "ms", "ms_min", "ms_median", "macs", "calls", "kernels",
                                       "kinds", "outside"])  # fmt: skip
        self.assertEqual(len(found["ms"]), repetitions)
        self.assertEqual(found["ms_min"], min(found["ms"]))
        for part, names in LISTS.items():
            (one,) = found[part]
            self.assertEqual(list(one), names + FIELDS)
            self.assertTrue(0 <= one["ms_min"] <= one["ms_median"] <= max(found["ms"]))
            self.assertEqual((one["kind"], one["calls"], one["macs"]), ("map", 1, found["macs"]))
        self.assertEqual((found["calls"][0]["kernel"], found["calls"][0]["layer"]), ("copy", "body"))
        rest = found["outside"]
        self.assertTrue(0 <= rest["ms_min"] <= rest["ms_median"])
        self.assertAlmostEqual(found["calls"][0]["share"] + rest["share"], 1)

    def test_file(self):
        self.image("a.npy", n=2)
        self.image("b.npy", h=6)
        _, found = self.profile(CLASSES, "a.npy", "b.npy", "--repeat=3", "--threads=1")
        self.assertEqual(list(found), ["model", "isa", "threads", "peak_gmacs", "bandwidth_gb", "inputs"])
        self.assertEqual((found["model"], found["isa"], found["threads"]), ("stub", "x86-64", 1))
        self.assertIsNone(found["peak_gmacs"], "that instruction set has no fused multiply-adds")
        self.assertGreater(found["bandwidth_gb"], 0.1)
        for one in found["inputs"]:
            self.check_input(one, 3)
            self.assertEqual((one["calls"][0]["of_peak"], one["calls"][0]["of_bound"]), (None, None))
        sizes = [(one["input"], one["n"], one["h"], one["w"], one["macs"]) for one in found["inputs"]]
        self.assertEqual(sizes, [("a.npy", 2, 2, 2, 80), ("b.npy", 1, 6, 2, 120)])
        self.assertEqual(found["inputs"][1]["calls"][0]["bytes"], 24 * 6 * 2)

    def test_table(self):
        self.image("a.npy", h=64, w=64)
        text, _ = self.profile(CLASSES, "a.npy", "-o", "out.npy", "--threads=2")
        lines = text.splitlines()
        self.assertRegex(lines[0],
                         r"^a\.npy: 1 x 64 x 64 \(batch, height, width\), x86-64, 2 threads, memory [0-9.]+ GB/s$")
        self.assertEqual(lines[1].split(), ["call", "least", "ms", "median", "share", "GMAC", "MB", "of", "peak", "of",
                                            "bound"])  # fmt: skip
        names = ["copy  body", "", "1 x copy", "", "all of kind map", "outside of kernels", "run"]
        self.assertEqual([line[:20].strip() for line in lines[2:]], names)
        self.assertEqual(len({len(line) for line in lines[1:7] if line}), 1, "columns end together")
        self.assertEqual(lines[2].split()[-4:], ["0.000", "0.10", "-", "-"])
        # With --json that alone is printed, without -o the result comes first.
        text, _ = self.profile(CLASSES, "a.npy", "--json")
        self.assertEqual(json.loads(text)["macs"], 10 * 64 * 64)
        text, _ = self.profile(CLASSES, "a.npy")
        self.assertEqual([line.split(":")[0] for line in text.splitlines() if line.startswith("a.npy")],
                         ["a.npy", "a.npy"])  # fmt: skip

    def test_tiles(self):
        self.image("a.npy", n=2, h=8, w=20)
        text, found = self.profile(UPSCALE, "a.npy", "--tile", "8x12", "--overlap", "4", "-o", "out.npy")
        self.check_input(found["inputs"][0], 1)
        # Two tiles of 8 x 12 for each of two images.
        self.assertEqual(found["inputs"][0]["macs"], 2 * 2 * 10 * 8 * 12)
        line = self.output(UPSCALE, "a.npy", "--tile", "8x12", "--overlap", "4", "-o", "out.npy", "--json")
        self.assertEqual(json.loads(line)["macs"], 2 * 2 * 10 * 8 * 12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
