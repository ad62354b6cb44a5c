"""Every stage of --emit and --dump-to on the digits model; progress."""
import json
import os
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

STAGES = ["spec", "graph", "fused", "kernels", "driver", "llvm"]
MODEL = [DIGITS, "--weights", WEIGHTS, "--name", "digits", "--target", "x86-64-v3"]


class Stages(CompileCase):
    def stage(self, name):
        text = self.good(*MODEL, "--emit", name)
        self.assertEqual(self.left(), [], "a stage writes no file")
        return text

    def reparse(self, text, *passes):
        return subprocess.run([os.path.join(BIN, "swin-opt"), *passes], input=text, capture_output=True, text=True,
                              check=True).stdout  # fmt: skip

    def test_spec(self):
        spec = json.loads(self.stage("spec"))
        self.assertIn("32", json.dumps(spec))

    def test_graph(self):
        text = self.stage("graph")
        for op in ["swin.patch_embed", "swin.window_attention", "swin.patch_merging", 'swin.output %']:
            self.assertIn(op, text)
        self.assertNotIn("swin.kernel", text)
        self.assertEqual(self.reparse(text), self.reparse(self.reparse(text)))

    def test_fused_and_kernels(self):
        fused, kernels = self.stage("fused"), self.stage("kernels")
        for text in fused, kernels:
            self.assertIn("swin.kernel @", text)
            self.assertIn("swin.call @", text)
            self.reparse(text)
        self.assertNotIn("slot = ", fused)
        self.assertIn("slot = ", kernels)
        # The stages are the passes' work: swin-opt does the same.
        self.assertEqual(self.reparse(fused, "--swin-plan-memory"), self.reparse(kernels))

    def test_driver_and_llvm(self):
        driver, llvm = self.stage("driver"), self.stage("llvm")
        self.assertIn("llvm.func @digits_driver_run", driver)
        self.assertNotIn("swin.call", driver)
        self.assertIn("define i32 @digits_driver_run", llvm)
        self.assertIn("@digits_model", llvm)

    def test_several_at_once(self):
        text = self.good(*MODEL, "--emit", "graph,llvm")
        self.assertIn("// -----// graph //-----\n", text)
        self.assertIn("\n; -----// llvm //-----\n", text)

    def test_dump(self):
        self.good(*MODEL, "--emit", "lib", "-o", "out", "--dump-to", "dump/deep")
        dumped = sorted(os.listdir(self.path("dump/deep")))
        self.assertEqual(dumped, ["1-spec.json", "2-graph.mlir", "3-fused.mlir", "4-kernels.mlir", "5-driver.mlir",
                                  "6-llvm.ll", "kernels"])  # fmt: skip
        objects = os.listdir(self.path("dump/deep/kernels"))
        self.assertTrue(objects)
        for name in objects:
            self.assertRegex(name, r"^digits_\w+_x86_64_v3\.o$")
        with open(self.path("dump/deep/2-graph.mlir")) as file:
            self.assertIn('loc("layers.0.blocks.0', file.read(), "files carry the layers' names")

    def test_progress(self):
        self.assertEqual(self.compile(*MODEL, "--emit", "driver").stderr, "", "quiet in a pipe")
        self.assertIn("kernel 1 of", self.compile(*MODEL, "--emit", "driver", "-v").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
