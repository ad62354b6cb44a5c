"""What a Swin-T of 113 MB of weights needs to begin: memory; and time, against the machine's own."""
import json
import os
import unittest

from harness import CompileCase

HERE = os.path.dirname(os.path.abspath(__file__))
# The C library, stacks, outputs, what the kernel maps around a page.
REST = 8 << 20
FAULT_MS = 0.002  # a page that is in the page cache


class Start(CompileCase):
    def setUp(self):
        super().setUp()
        cache = {key: os.environ[key] for key in ["SWIN_CACHE_DIR"] if key in os.environ}
        done = self.compile("--arch", "swin_t", "--weights", "synthetic", "--name", "swin_t", "--emit", "lib", "-q",
                            environment=self.environment(**cache))  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.system("cc", "-O1", "-Wall", "-Werror", "-Iswin_t", os.path.join(HERE, "start.c"), "swin_t/libswin_t.a",
                    "-lm", "-pthread", "-o", "start")  # fmt: skip
        # Also what was written just now is in the page cache then.
        self.run_program(1)

    def run_program(self, runs):
        return json.loads(self.system("./start", str(runs)))


class Memory(Start):
    def test_weights_are_used_in_place(self):
        found = self.run_program(2)
        weights = found["info"]["weights_bytes"]
        self.assertGreater(weights, 100e6)
        self.assertLessEqual(found["resident"], weights + found["workspace"] + REST, found)
        # A copy would be memory of no file, as would a page of them that is written to.
        self.assertLessEqual(found["anonymous"], found["workspace"] + REST / 2, found)


class Times(Start):
    def test_first_runs_and_profiles(self):
        all_found = [self.run_program(8) for _ in range(5)]
        keys = ["open_ms", "first_ms", "first_faults", "steady_ms", "profiled_ms"]
        least = {key: min(found[key] for found in all_found) for key in keys}
        print(least)
        self.assertLess(least["open_ms"], 5)
        self.assertLess(least["first_ms"], 1.1 * least["steady_ms"] + FAULT_MS * least["first_faults"])
        self.assertLess(least["profiled_ms"], 1.01 * least["steady_ms"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
