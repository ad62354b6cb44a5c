"""Memory that the compiler needs for weights of a file: at most 1.5 times their size beyond what it needs itself."""
import json
import re
import unittest

from harness import DIGITS, WEIGHTS, CompileCase, checkpoint


class Memory(CompileCase):
    def peak(self, *model):
        """(highest memory, size of the weights in the library)"""
        self.good(*model, "--target", "x86-64-v3", "--name", "m", "-o", "out", "--report", "report.json")
        with open(self.path("report.json")) as file:
            report = json.load(file)
        return report["peak_memory_bytes"], report["weights_bytes"]

    def test_of_a_file(self):
        itself, _ = self.peak(DIGITS, "--weights", WEIGHTS)
        graph = self.good("--arch", "swin_t", "--weights", "synthetic", "--emit", "graph")
        parameters = re.findall(r'swin\.param "([^"]+)" : tensor<([\dx]+)xf32>', graph)
        checkpoint(self.path("w.safetensors"), {name: [int(n) for n in sizes.split("x")] for name, sizes in parameters})
        peak, weights = self.peak("--arch", "swin_t", "--weights", "w.safetensors")
        self.assertGreater(weights, 100e6)
        self.assertLess(peak - itself, 1.5 * weights)


if __name__ == "__main__":
    unittest.main(verbosity=2)
