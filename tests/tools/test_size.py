"""How large what is not weights is: a Swin-T for three instruction sets."""
import json
import os
import re
import unittest

from harness import CompileCase

MOST = 2 << 20


class Size(CompileCase):
    def test_code_beside_the_weights(self):
        self.good("--arch", "swin_t", "--weights", "synthetic", "--name", "swin_t", "--emit", "lib,shared", "-q",
                  "--target", "x86-64-v2,x86-64-v3,x86-64-v4", "--report", "report.json")  # fmt: skip
        with open(self.path("report.json")) as file:
            report = json.load(file)
        weights = report["weights_bytes"]
        self.assertGreater(weights, 100e6)
        # What a loader maps, and the archive with all its symbols and relocations.
        sizes = re.search(r"^ *(\d+)\s+(\d+)\s+(\d+)", self.system("size", "swin_t/libswin_t.so"), re.M).groups()
        loaded = sum(map(int, sizes)) - weights
        archive = os.path.getsize(self.path("swin_t/libswin_t.a")) - weights
        print(f"{loaded} bytes loaded, {archive} in the archive")
        self.assertLess(0, loaded)
        self.assertLess(loaded, MOST)
        self.assertLess(archive, MOST)


if __name__ == "__main__":
    unittest.main(verbosity=2)
