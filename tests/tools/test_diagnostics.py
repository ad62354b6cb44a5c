"""Errors as people and as programs read them."""
import json
import os
import subprocess
import unittest

from harness import BIN, DIGITS, CompileCase

WRONG = """{"format": "swin-model", "preset": "swin_t",
\t"image": {"siez": 32}, "activation": "gleu",
 "batch": 0}
"""


class Diagnostics(CompileCase):
    def setUp(self):
        super().setUp()
        self.write("m.json", WRONG)

    def said(self, *arguments, status=2, program="swin-compile"):
        done = subprocess.run([os.path.join(BIN, program), *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        return done.stderr

    def objects(self, *arguments, **options):
        return [json.loads(line) for line in self.said(*arguments, "--diagnostics", "json", **options).splitlines()]

    def test_text_shows_the_place(self):
        self.assertEqual(
            self.said("m.json", "--emit", "spec"),
            'm.json:2:12: error: unknown key "siez" (at /image/siez); did you mean "size"?\n'
            '     2 | \t"image": {"siez": 32}, "activation": "gleu",\n'
            '       | \t          ^~~~~~\n'
            '       | \t          "size"\n'
            'm.json:2:39: error: found "gleu" (at /activation); expected one of "gelu", "gelu_tanh", "quick_gelu", '
            '"silu", "relu"\n'
            '     2 | \t"image": {"siez": 32}, "activation": "gleu",\n'
            '       | \t                                     ^~~~~~\n'
            '       | \t                                     "gelu"\n'
            'm.json:3:11: error: found 0 (at /batch); expected a number of images or "any"\n'
            '     3 |  "batch": 0}\n'
            '       |           ^\n',
        )  # fmt: skip

    def test_fixes_make_it_right(self):
        errors = self.objects("m.json", "--emit", "spec")
        self.assertEqual({(e["severity"], e["file"]) for e in errors}, {("error", "m.json")})
        lines = WRONG.splitlines()
        for fix in sorted((e["fix"] for e in errors if "fix" in e), key=lambda fix: -fix["column"]):
            line = lines[fix["line"] - 1]
            lines[fix["line"] - 1] = line[: fix["column"] - 1] + fix["text"] + line[fix["end_column"] - 1 :]
        self.assertEqual(lines[1], '\t"image": {"size": 32}, "activation": "gelu",')
        found = next(e for e in errors if "fix" not in e)
        self.assertEqual({**found, "right": ""},
                         {"severity": "error", "file": "m.json", "line": 3, "column": 11, "end_column": 12,
                          "message": "found 0", "pointer": "/batch", "right": ""})  # fmt: skip

    def test_layers_of_a_graph(self):
        self.write("g.json", """{"format": "swin-model", "image": {"size": 32}, "graph": [
  {"name": "map", "op": "channels_last"},
  {"name": "cut", "op": "window_partition", "window": 4},
  {"name": "lonely", "op": "relu"},
  {"name": "back", "op": "window_reverse", "window": 4}], "outputs": {"map": "back"}}
""")
        errors = self.objects("g.json", "--weights", "synthetic", "-v")
        error = next(error for error in errors if error["layer"] == "lonely")
        self.assertEqual((error["pointer"], error["line"]), ("/graph/2", 4))
        self.assertEqual((error["column"], error["end_column"]), (3, 35))

    def test_other_errors(self):
        self.assertEqual(self.objects(DIGITS, "--emit", "lib,sharde", status=1),
                         [{"severity": "error", "message": "argument 2 '--emit': 'sharde' is none of: spec graph fused "
                           "kernels driver llvm lib shared exe; did you mean shared?"}])  # fmt: skip
        self.assertEqual(self.objects(DIGITS, "--weights", "none.safetensors"),
                         [{"severity": "error", "file": "none.safetensors",
                           "message": "cannot be opened: No such file or directory"}])  # fmt: skip
        error, = self.objects("--arch", "swin_v2_tt", "--weights", "synthetic")
        self.assertIn('did you mean "swin_v2_t"? known: swin_t', error["right"])
        text = self.said("m.json", "--diagnostics", "xml", status=1)
        self.assertIn("'--diagnostics': 'xml' is none of: text json\n", text)

    def test_swin_tune(self):
        errors = self.objects("m.json", program="swin-tune")
        self.assertEqual([e["pointer"] for e in errors], ["/image/siez", "/activation", "/batch"])
        error, = self.objects("m.json", "--tirals", "3", program="swin-tune", status=1)[:1]
        self.assertEqual(error["message"], "argument 2 '--tirals': unknown option; did you mean --trials?")


if __name__ == "__main__":
    unittest.main(verbosity=2)
