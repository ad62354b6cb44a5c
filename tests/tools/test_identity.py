"""What the hashes of a library's info count, and what they do not."""
import hashlib
import json
import os
import shutil
import unittest

from harness import DIGITS, ROOT, WEIGHTS, CompileCase

GRAPH = os.path.join(ROOT, "examples/conv-swin/conv_swin.json")


class Identity(CompileCase):
    def report(self, model, *arguments, weights=WEIGHTS, target="x86-64-v3"):
        self.good(model, "--weights", weights, "--emit", "lib", "-o", "out", "--target", target,
                  "--report", "report.json", *arguments)  # fmt: skip
        with open(self.path("report.json")) as file:
            return json.load(file)

    def hashes(self, model, *arguments, **options):
        return self.report(model, *arguments, **options)["info"]["hashes"]

    def changed(self, original, change, name="model.json", **layout):
        """Writes a description with its keys the other way round, once `change` has been at it."""
        with open(original) as file:
            model = json.load(file)
        change(model)
        turn = lambda value: {key: turn(value[key]) for key in reversed(value)} if isinstance(value, dict) else value
        self.write(name, json.dumps(turn(model), **layout))
        return name

    def test_the_description_and_not_how_it_is_said(self):
        before = self.hashes(DIGITS)
        os.mkdir(self.path("other"))
        shutil.copy(WEIGHTS, self.path("other/w.safetensors"))
        # In our own form.
        self.write("ours.json", self.good(DIGITS, "--semantics", "timm", "--emit", "spec"))
        ours = self.path("ours.json")
        same = self.changed(ours, lambda model: model.pop("weights", None), "other/same.json", indent=7)
        self.assertEqual(self.hashes(same, "--name", "other", weights="other/w.safetensors"), before)
        moved = self.changed(ours, lambda model: model.update(weights="w.safetensors"), "other/moved.json")
        self.assertEqual(self.hashes(moved), before)
        for change, counts in [(lambda model: model["labels"].reverse(), ["description"]),
                               (lambda model: model.update(batch=2), ["description", "graph"])]:  # fmt: skip
            after = self.hashes(self.changed(ours, change))
            self.assertEqual([key for key in before if before[key] != after[key]], counts)

    def test_what_emit_spec_prints_is_what_counts(self):
        for model, weights in [(DIGITS, WEIGHTS), (GRAPH, "synthetic")]:
            found = self.hashes(model, weights=weights)["description"]
            text = self.good(self.changed(model, lambda said: said.pop("weights", None)), "--emit", "spec",
                             *([] if weights == "synthetic" else ["--semantics", "timm"]))  # fmt: skip
            self.assertEqual(found, hashlib.sha256(text.encode()).hexdigest(), model)

    def test_schedules(self):
        report = self.report(DIGITS, target="x86-64-v4,x86-64-v3")
        lines = [f"{kernel['name']} {made['isa']} {made['schedule']}\n"
                 for kernel in report["kernels"] for made in kernel["objects"]]  # fmt: skip
        found = report["info"]["hashes"]["schedules"]
        self.assertEqual(found, hashlib.sha256("".join(lines).encode()).hexdigest())
        self.assertEqual({line.split()[1] for line in lines}, {"x86-64-v4", "x86-64-v3"})
        for line in lines:
            self.assertRegex(line, r"^\S+ \S+( [a-z0-9_.]+=\d+)+\n$")
        self.assertNotEqual(self.hashes(DIGITS)["schedules"], found)
        self.assertEqual(self.hashes(DIGITS, "--cache", "off"), self.hashes(DIGITS))

    def test_compiler(self):
        self.assertEqual(self.good("--version").splitlines()[1], f"sources {self.hashes(DIGITS)['compiler']}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
