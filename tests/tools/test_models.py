"""From a command line to a model: descriptions, weights beside them, names, and options that change a model."""
import json
import os
import shutil
import unittest

from harness import DIGITS, WEIGHTS, CompileCase, headlines

SMALL = {
    "format": "swin-model",
    "image": {"size": 32},
    "embedding": 48,
    "stages": [{"depth": 1, "heads": 3, "window": 4}, {"depth": 1, "heads": 6, "window": 4}],
    "classes": 2,
    "preprocessing": {"resize": "shorter_side", "size": 36, "crop": 32, "mean": [0, 0, 0], "std": [1, 1, 1]},
}


class Models(CompileCase):
    def setUp(self):
        super().setUp()
        self.write("small.json", json.dumps(SMALL))

    def spec(self, *arguments):
        return json.loads(self.good(*arguments, "--emit", "spec"))

    def fails(self, *arguments):
        done = self.compile(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return headlines(done.stderr)

    def test_spec_needs_no_weights(self):
        spec = self.spec("small.json")
        self.assertNotIn("semantics", spec)
        self.assertEqual(spec["mlp_ratio"], 4.0)
        self.assertEqual(self.spec(DIGITS, "--weights", "missing.safetensors")["semantics"], "timm")

    def test_spec_reads_back(self):
        text = self.good("small.json", "--emit", "spec", "--size", "64x48", "--batch", "2", "--semantics", "hf")
        self.write("again.json", text)
        self.assertEqual(self.good("again.json", "--emit", "spec"), text)

    def test_options_change_the_model(self):
        spec = self.spec("small.json", "--size", "64x48", "--batch", "3", "--semantics", "mm")
        self.assertEqual(spec["image"], {"size": [64, 48], "channels": 3, "fixed": True})
        self.assertEqual((spec["batch"], spec["semantics"]), (3, "mm"))
        self.assertEqual(spec["outputs"], ["stage1", "stage2"], "mm gives all stages")
        self.assertEqual((spec["preprocessing"]["size"], spec["preprocessing"]["crop"]), (72, [64, 48]))
        self.assertEqual(self.spec("small.json", "--semantics", "hf")["outputs"], ["logits"])
        self.assertEqual(self.spec("small.json", "--outputs", "stage2")["outputs"], ["stage2"])

    def test_options_that_do_not_fit(self):
        given = "small.json with --size 36x20 --semantics microsoft --outputs stage1,stage4: error: "
        lines = self.fails("small.json", "--emit", "graph", "--size", "36x20", "--semantics", "microsoft",
                           "--outputs", "stage1,stage4")  # fmt: skip
        self.assertEqual(lines[0], given + 'there is no output "stage4" (at /outputs/1); expected one of: logits '
                                           "features stage1 stage2")  # fmt: skip
        self.assertEqual(lines[1], given + "microsoft needs in layers.0 a map that windows of 4x4 divide, but the map "
                                           "of an image of 36x20 is 9x5 (at /image/size)")  # fmt: skip
        self.assertTrue(all(line.startswith(given) for line in lines), lines)

    def test_all_that_is_wrong_at_once(self):
        self.write("3wrong.json", '{"format": "swin-model",\n "embedding": 0, "stages": [7]}')
        self.assertEqual(
            self.fails("3wrong.json", "--weights", "missing.safetensors"),
            ["3wrong.json:2:29: error: found 7 (at /stages/0); expected an object",
             "3wrong.json:2:15: error: found 0 (at /embedding); expected 1 to 16384",
             "3wrong.json: error: no name of a library follows from this one: expected a letter, then letters, digits "
             "and _, at most 64 in all; found '3wrong'; give --name NAME",
             "missing.safetensors: error: cannot be opened: No such file or directory"],
        )  # fmt: skip

    def test_no_weights(self):
        self.assertEqual(self.fails("small.json"), ["small.json: error: there are no weights; give --weights FILE, or "
                                                    "--weights synthetic"])  # fmt: skip
        self.assertEqual(self.fails("--arch", "swin_t"), ["--arch swin_t: error: there are no weights; give --weights "
                                                          "FILE, or --weights synthetic"])  # fmt: skip

    def test_weights_beside_the_description(self):
        os.mkdir(self.path("digits"))
        shutil.copy(DIGITS, self.path("digits/config.json"))
        for name in "one.safetensors", "two.safetensors":
            shutil.copy(WEIGHTS, self.path("digits/" + name))
        self.assertEqual(self.fails("digits", "--emit", "fused"),
                         ["digits: error: 2 files may be its weights: one.safetensors, two.safetensors; expected one, "
                          "or one of the name model.safetensors"])  # fmt: skip
        expected = self.good(DIGITS, "--name", "digits", "--emit", "fused")
        self.assertEqual(self.good("digits", "--weights", "digits/one.safetensors", "--emit", "fused"), expected)
        os.remove(self.path("digits/two.safetensors"))
        self.assertEqual(self.good("digits", "--emit", "fused"), expected)
        self.assertEqual(self.good("digits/config.json", "--emit", "fused"), expected)

    def test_names(self):
        shutil.copy(self.path("small.json"), self.path("config.json"))
        os.mkdir(self.path("net"))
        shutil.copy(self.path("small.json"), self.path("net/config.json"))
        for model, name in [("net/../small.json", "small"), ("./", "work"), ("net/config.json", "net")]:
            with self.subTest(model):
                text = self.good(model, "--weights", "synthetic", "--emit", "driver", "--target", "x86-64-v3")
                self.assertIn(f"@{name}_driver_run", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
