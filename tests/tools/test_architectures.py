"""Models by name: --arch together with what the weights' names and shapes show, and what is said about a model."""
import json
import os
import shutil
import unittest

from harness import DIGITS, WEIGHTS, CompileCase, checkpoint


class Architectures(CompileCase):
    def fails(self, *arguments):
        done = self.compile(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        return done.stderr.splitlines()

    def spec(self, *arguments):
        return json.loads(self.good(*arguments, "--emit", "spec"))

    def test_family(self):
        expected = self.spec(DIGITS, "--weights", WEIGHTS)
        done = self.compile("--arch", "swin", "--weights", WEIGHTS, "--emit", "spec")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "--arch swin: note: made for images of 16x16, of which the last stage is one "
                                      "window; --size HxW says otherwise\n")  # fmt: skip
        self.assertEqual(json.loads(done.stdout)["image"]["size"], [16, 16])
        found = self.spec("--arch", "swin", "--weights", WEIGHTS, "--size", "32x32")
        for key in "family", "patch", "embedding", "stages", "mlp_ratio", "qkv_bias", "patch_norm", "classes":
            self.assertEqual(found[key], expected[key], key)
        self.assertEqual(found["image"]["channels"], 1)
        # Which is the same model.
        fused = ["--size", "32x32", "--weights", WEIGHTS, "--emit", "fused"]
        self.assertEqual(self.good("--arch", "swin", *fused), self.good(DIGITS, *fused))

    def test_family_that_it_is_not(self):
        self.assertEqual(self.fails("--arch", "swinv2", "--weights", WEIGHTS, "--emit", "spec"),
                         ["--arch swinv2: error: the weights are of swin; give --arch swin"])  # fmt: skip

    def test_family_without_weights(self):
        expected = ["--arch swin_mlp: error: a family has no sizes of its own; they are read from weights; give "
                    "--weights FILE"]  # fmt: skip
        self.assertEqual(self.fails("--arch", "swin_mlp"), expected)
        self.assertEqual(self.fails("--arch", "swin_mlp", "--weights", "synthetic"), expected)
        self.assertEqual(self.fails("--arch", "swin_mlp", "--weights", "none.safetensors"),
                         ["none.safetensors: error: cannot be opened: No such file or directory"])  # fmt: skip

    def test_family_whose_windows_nothing_shows(self):
        block = "layers.0.blocks.0."
        checkpoint(self.path("v2.safetensors"), {
            block + "mlp.fc1.weight": [32, 8], block + "attn.logit_scale": [2, 1, 1],
            block + "attn.cpb_mlp.0.weight": [512, 2]})  # fmt: skip
        self.assertEqual(self.fails("--arch", "swinv2", "--weights", "v2.safetensors"),
                         ["--arch swinv2: error: nothing in the weights says how large the windows are; give the "
                          "model's own name, as in --arch swin_v2_t, or a description"])  # fmt: skip

    def test_names(self):
        spec = self.spec("--arch", "swin_v2_t")
        self.assertEqual((spec["family"], spec["image"]["size"], spec["classes"]), ("swinv2", [256, 256], 1000))
        registered = self.spec("--arch", "swinv2_tiny_window8_256")
        self.assertEqual(registered["stages"], spec["stages"])
        # Of the weights are only the head and the channels of pictures.
        spec = self.spec("--arch", "swin_t", "--weights", WEIGHTS)
        self.assertEqual((spec["classes"], spec["image"]["channels"], spec["embedding"]), (10, 1, 96))
        self.assertNotIn("preprocessing", spec)
        (line,) = self.fails("--arch", "swin_xl", "--weights", "synthetic")
        self.assertTrue(line.startswith('--arch: error: there is no architecture "swin_xl"; did you '
                                        'mean "swin_l"? known: swin_t '), line)
        self.assertTrue(line.endswith(", and the families swin swinv2 swinv2_cr swin_mlp swinir swin2sr"), line)

    def test_weights_of_another_model(self):
        lines = self.fails("--arch", "swin_t", "--weights", WEIGHTS, "--emit", "fused")
        self.assertEqual(len(lines), 22)
        self.assertEqual(lines[-1], f"{WEIGHTS}: error: the file looks like swin, embedding 32, depths 2 2, heads 2 4, "
                                    "10 classes, patches of 2; the model is swin, embedding 96, depths 2 2 6 2, heads "
                                    "3 6 12 24, 10 classes, patches of 4")  # fmt: skip

    def test_weights_without_description(self):
        os.mkdir(self.path("saved"))
        shutil.copy(WEIGHTS, self.path("saved/model.safetensors"))
        for model in "saved", "saved/model.safetensors":
            self.assertEqual(self.fails(model, "--emit", "spec"),
                             [f"{model}: error: there are weights but no description of the model; give --arch NAME "
                              "--weights FILE instead; --help says more"])  # fmt: skip

    def test_resized_tables_are_said(self):
        with open(DIGITS) as file:
            model = json.load(file)
        model["model_args"]["window_size"] = 8
        self.write("large.json", json.dumps(model))
        arguments = ["large.json", "--weights", WEIGHTS, "--emit", "fused"]
        done = self.compile(*arguments)
        self.assertEqual((done.returncode, done.stderr),
                         (0, f"{WEIGHTS}: note: resized as timm does: the position biases of 4 blocks from windows of "
                             "4 to 8\n"))  # fmt: skip
        self.assertEqual(self.good(*arguments, "-q"), done.stdout)
        self.assertIn("does not resize them", self.fails(*arguments, "--semantics", "torchvision")[0])

    def test_how_large_a_model_is(self):
        for arguments, size in [
            (["--arch", "swin_t"], "28288354 parameters, 4.491 G multiply-adds for an image of 224x224"),
            (["--arch", "swin_v2_t", "--batch", "4"], "28347154 parameters, 5.921 G multiply-adds for an image of "
                                                      "256x256"),
            (["--arch", "swin_b_384"], "87903584 parameters, 47.083 G multiply-adds for an image of 384x384"),
        ]:  # fmt: skip
            done = self.compile(*arguments, "--emit", "spec", "-v")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.splitlines()[1:], [size])
            self.assertEqual(done.stdout, self.good(*arguments, "--emit", "spec"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
