"""Completion in bash: what is offered on a line, asked of bash as it asks."""
import os
import re
import shlex
import subprocess
import tempfile
import unittest

BUILD = os.environ["SWIN_BUILD"]
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SCRIPT = os.path.join(ROOT, "tools/completion/swin-compile")
COMPILE, RUN, TUNE = (os.path.join(BUILD, "bin", name) for name in ["swin-compile", "swin-run", "swin-tune"])


class Completion(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="swin-completion-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        for name in ["m.json", "two words.json", "m.yaml", "w.safetensors", "x.npy", "p.png", "libm.so", "m.weights",
                     "notes.txt"]:  # fmt: skip
            with open(os.path.join(self.folder, name), "w"):
                pass
        os.mkdir(os.path.join(self.folder, "models"))

    def offers(self, *words, function="_swin_compile", program=COMPILE):
        """What is offered for the last word; words are split at = as bash splits them."""
        line = [part for word in (program, *words) for part in (re.findall(r"=|[^=]+", word) or [""])]
        done = subprocess.run(
            ["bash", "--norc", "-uc", f"source {shlex.quote(SCRIPT)}; COMP_WORDS=({shlex.join(line)}); "
             f"COMP_CWORD={len(line) - 1}; {function}; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
            cwd=self.folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": self.folder},
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(line for line in done.stdout.split("\n") if line)

    def run_offers(self, *words):
        return self.offers(*words, function="_swin_run", program=RUN)

    def test_registered(self):
        listed = subprocess.run(["bash", "--norc", "-c", f"source {shlex.quote(SCRIPT)}; complete -p"],
                                capture_output=True, text=True, check=True).stdout  # fmt: skip
        self.assertEqual(sorted(listed.splitlines()),
                         ["complete -F _swin_compile swin-compile", "complete -F _swin_run swin-run",
                          "complete -F _swin_tune swin-tune"])  # fmt: skip

    def test_options(self):
        text = subprocess.run([COMPILE, "--help"], capture_output=True, text=True, check=True).stdout
        listed = sorted(line.split()[0] for line in text.splitlines() if line.startswith("  -"))
        self.assertGreater(len(listed), 15)
        self.assertEqual(self.offers("-"), listed)
        self.assertEqual(self.offers("m.json", "--siz"), ["--size"])

    def test_models(self):
        self.assertEqual(self.offers(""), ["m.json", "m.yaml", "models", "two words.json"])
        self.assertEqual(self.offers("tw"), ["two words.json"])
        self.assertEqual(self.offers("-q", "mo"), ["models"])

    def test_values_are_those_of_the_program(self):
        for option in ["--emit", "--target", "--semantics", "--sanitize"]:
            done = subprocess.run([COMPILE, "m", option, "?"], capture_output=True, text=True)
            listed = re.search(r"is none of: (.*)", done.stderr)[1].split()
            self.assertGreater(len(listed), 1)
            self.assertEqual(self.offers("m.json", option, ""), sorted(listed))
            self.assertEqual(self.offers("m.json", option + "="), sorted(listed))

    def test_lists(self):
        self.assertEqual(self.offers("--emit", "sh"), ["shared"])
        self.assertEqual(self.offers("--emit", "lib,sp"), ["lib,spec"])
        self.assertEqual(self.offers("--target=x86-64-v2,x86-64-v3,h"), ["x86-64-v2,x86-64-v3,host"])
        self.assertEqual(self.offers("--outputs", "logits,stage"), [f"logits,stage{i}" for i in range(1, 5)])

    def test_values(self):
        self.assertEqual(self.offers("--semantics", "hf"), ["hf", "hf-backbone"])
        self.assertEqual(self.offers("--arch", "swin_v2_t"), ["swin_v2_t", "swin_v2_t_w16"])
        self.assertEqual(self.offers("--arch", "he"), ["help"])
        self.assertEqual(self.offers("--size", ""), ["any"])
        self.assertEqual(self.offers("--batch=a"), ["any"])
        self.assertEqual(self.offers("--cache", ""), ["models", "off"])
        self.assertEqual(self.offers("--weights", ""), ["models", "synthetic", "w.safetensors"])
        self.assertEqual(self.offers("--weights", "w"), ["w.safetensors"])
        self.assertEqual(self.offers("-o", ""), ["models"])
        self.assertEqual(self.offers("--name", ""), [])

    def test_run(self):
        self.assertEqual(self.run_offers(""), ["libm.so", "models"])
        self.assertEqual(self.run_offers("--"), ["--help", "--version"])
        self.assertEqual(self.run_offers("libm.so", ""), ["models", "p.png", "x.npy"])
        self.assertEqual(self.run_offers("libm.so", "x.npy", "--t"), ["--threads", "--tile", "--tolerance"])
        self.assertEqual(self.run_offers("libm.so", "-o", "x"), ["x.npy"])
        self.assertEqual(self.run_offers("libm.so", "--weights-file", "m"), ["m.weights", "models"])
        self.assertEqual(self.run_offers("libm.so", "--isa", ""), [])
        self.assertEqual(self.run_offers("libm.so", "--compare", "w"), ["w.safetensors"])
        self.assertEqual(self.run_offers("libm.so", "x.npy", "--show", "s"), ["slider", "stages"])

    def test_tune(self):
        def offers(*words):
            return self.offers(*words, function="_swin_tune", program=TUNE)

        for name in ["s.db", "lines.jsonl", "k.mlir"]:
            with open(os.path.join(self.folder, name), "w"):
                pass
        commands = ["check", "export", "import", "merge", "report", "show"]
        self.assertEqual(offers(""), sorted(["m.json", "m.yaml", "models", "two words.json", *commands]))
        self.assertEqual(offers("m.json", ""), ["m.json", "m.yaml", "models", "two words.json"])
        text = subprocess.run([TUNE, "--help"], capture_output=True, text=True, check=True).stdout
        listed = re.findall(r"^  (-[-a-z]+)", text.partition("Commands")[0], re.M)
        self.assertGreater(len(listed), 20)
        self.assertEqual(offers("m.json", "-"), sorted(listed))
        self.assertEqual(offers("m.json", "--strategy", "ev"), ["evolutionary"])
        self.assertEqual(offers("m.json", "--target=x86-64-v3,h"), ["x86-64-v3,host"])
        self.assertEqual(offers("m.json", "--db", ""), ["models", "s.db"])
        self.assertEqual(offers("m.json", "--replay", ""), ["lines.jsonl", "models"])
        self.assertEqual(offers("--kernel", "k"), ["k.mlir"])
        self.assertEqual(offers("m.json", "--weights", "s"), ["synthetic"])
        self.assertEqual(offers("merge", ""), ["lines.jsonl", "models", "s.db"])
        self.assertEqual(offers("report", "s.db", "-"), ["--cpu", "--help", "--run", "-o"])
        self.assertEqual(offers("show", "s.db", "-"), ["--help", "--json"])

    def test_run_knows_the_instruction_sets_of_the_library(self):
        digits = os.path.join(ROOT, "examples/digits/digits_swin")
        subprocess.run([COMPILE, f"{digits}.json", "--weights", f"{digits}.safetensors", "--emit", "shared", "-q",
                        "--target", "x86-64-v2,x86-64-v3", "--name", "digits", "-o", "models", "--cache", "off"],
                       cwd=self.folder, check=True)  # fmt: skip
        self.assertEqual(self.run_offers("models/libdigits.so", "--isa", ""), ["x86-64-v2", "x86-64-v3"])
        self.assertEqual(self.run_offers("models/libdigits.so", "x.npy", "--isa=x86-64-v3"), ["x86-64-v3"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
