"""The schedules that come with the compiler fit it; if they do not, scripts/tune-defaults makes them anew."""
import json
import os
import subprocess
import tempfile
import unittest

BIN = os.environ["SWIN_BIN"]
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
SHIPPED = os.path.join(ROOT, "codegen/schedules/tuned.jsonl")
CHECK = os.path.join(BIN, "swin-fitting-schedules")


class Shipped(unittest.TestCase):
    def test_fits(self):
        models = subprocess.check_output([os.path.join(ROOT, "scripts/tune-defaults"), "--models"], text=True).split()
        self.assertIn("swin_t", models)
        done = subprocess.run([CHECK, SHIPPED, *models], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), "scripts/tune-defaults makes them anew")
        print(done.stdout)

    def test_is_small_and_says_one_thing_of_each_kernel(self):
        with open(SHIPPED) as file:
            lines = [json.loads(line) for line in file]
        settings = [(line["signature"], line["isa"]) for line in lines]
        self.assertEqual(settings, sorted(set(settings)))
        self.assertLess(os.path.getsize(SHIPPED), 1 << 20)

    def test_what_does_not_fit_is_found(self):
        with tempfile.TemporaryDirectory(prefix="swin-shipped-") as folder:
            def path(name):
                return os.path.join(folder, name)

            def checked(*changes):
                """What is said about the lines with changes, each of one line."""
                changed = [{**line, **(changes[i] if i < len(changes) else {})} for i, line in enumerate(lines)]
                with open(path("changed"), "w") as file:
                    file.writelines(json.dumps(line) + "\n" for line in changed)
                done = subprocess.run([CHECK, path("changed"), "swin_t"], capture_output=True, text=True)
                self.assertEqual(done.returncode, 2 if changes else 0)
                return done.stderr.splitlines()

            subprocess.run([os.path.join(BIN, "swin-random-schedules"), "1", path("some.db"), "host", "--arch",
                            "swin_t", "--weights", "synthetic", "--target", "x86-64-v3"], check=True)  # fmt: skip
            found = subprocess.check_output([os.path.join(BIN, "swin-tune"), "export", path("some.db"), "--best"])
            lines = [json.loads(line) for line in found.splitlines()]
            self.assertEqual(checked(), [])
            said = "\n".join(checked({"template": "tokens 0"}, {"signature": "0" * 64}, {"schedule": "rows=3"},
                                     {"isa": 3}))  # fmt: skip
            for words in ["it is of the template 'tokens 0'", "no model has this kernel any more",
                          "it does not have the numbers of", ":4: note: the line is not used: "]:  # fmt: skip
                self.assertEqual(said.count(words), 1, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
