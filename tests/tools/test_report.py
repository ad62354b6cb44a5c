"""`swin-tune report`: the page is well-formed and safe, and its figures are the database's."""
import json
import os
import re
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import report_samples as samples
from harness import BIN, CompileCase

HTML = "{http://www.w3.org/1999/xhtml}"


class Report(CompileCase):
    def tune(self, *arguments, status=0):
        done = subprocess.run([os.path.join(BIN, "swin-tune"), *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True)  # fmt: skip
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def report(self, results, *options):
        """The page's tree and its data."""
        with open(self.path("results.jsonl"), "w") as file:
            file.write(samples.lines(results))
        self.tune("import", "schedules.db", "results.jsonl")
        self.tune("report", "schedules.db", "-o", "report.html", *options)
        return self.page()

    def page(self):
        tree = ElementTree.parse(self.path("report.html")).getroot()
        (data,) = [script.text for script in tree.iter(f"{HTML}script") if script.get("id") == "results"]
        return tree, json.loads(data)

    def text(self, tree):
        return " ".join(tree.itertext())

    def test_figures(self):
        results = samples.results(25)
        tree, data = self.report(results)
        found = {}
        for kernel in data["kernels"]:
            for row in kernel["results"]:
                one = dict(zip(data["fields"], row))
                condition = kernel["conditions"][one["condition"]]
                schedule = " ".join(f"{name}={value}" for name, value in zip(kernel["parameters"], one["schedule"]))
                found[kernel["isa"], kernel["kernel"], condition["run"], one["number"]] = (schedule, condition, one)
        self.assertEqual(len(found), len(results))
        for one in results:
            schedule, condition, row = found[one["isa"], one["kernel"], one["run"], one["number"]]
            self.assertEqual(schedule, one["schedule"])
            self.assertEqual((row["outcome"], row["confirmed"]), (one["outcome"], int(one["confirmed"])))
            self.assertEqual((condition["macs"], condition["strategy"]), (one["macs"], one["strategy"]))
            for name, field in [("ratio", "ratio"), ("cold", "cold_ms"), ("warm", "warm_ms"), ("seconds", "seconds"),
                                ("standard_cold", "standard_cold_ms"), ("spread", "spread")]:  # fmt: skip
                self.assertAlmostEqual(row[name], one[field], delta=1e-6 * abs(one[field]) + 1e-12)
        text = self.text(tree)
        for isa in ["x86-64-v4", "x86-64-v3"]:
            standard = best = 0
            for name, *_ in samples.KERNELS:
                of_kernel = [one for one in results if (one["isa"], one["kernel"]) == (isa, name)]
                confirmed = [one for one in of_kernel if one["confirmed"]]
                ratio = max([one["ratio"] for one in confirmed], default=1)
                standard += of_kernel[0]["standard_cold_ms"]
                best += of_kernel[0]["standard_cold_ms"] / ratio
                self.assertIn(f"{ratio:.3f}×" if confirmed else name, text)
            self.assertIn(f"{isa}: {standard:.3f} ms → {best:.3f} ms, {standard / best:.3f}× as fast", text)

    def test_models(self):
        model = samples.result("swin_t", "model 1", "x86-64-v4", {"tuned": 2, "kernels": 16}, number=1)
        tree, data = self.report(samples.results(3) + [model])
        self.assertNotIn("swin_t", {kernel["kernel"] for kernel in data["kernels"]})
        (one,) = data["models"]
        self.assertEqual((one["model"], one["schedules"]), ("swin_t", "tuned=2 kernels=16"))
        self.assertAlmostEqual(one["tuned"], model["cold_ms"], delta=1e-6 * model["cold_ms"])
        self.assertIn("tuned=2 kernels=16", self.text(tree))

    def test_needs_no_other_file(self):
        tree, _ = self.report(samples.results(3))
        for element in tree.iter():
            self.assertNotIn(element.tag, [HTML + name for name in ["link", "img", "iframe", "object", "embed"]])
            for name, value in element.attrib.items():
                self.assertNotIn(name, ["src", "href"])
                self.assertNotRegex(value, r"(?i)https?:|javascript:")
        with open(self.path("report.html")) as file:
            self.assertNotRegex(file.read(), r"url\(|@import")

    def test_names_are_no_markup(self):
        name = "<script>alert(1)</script>&amp;\"'"
        cpu = "</script><img src=x>"
        tree, data = self.report([samples.result(name, "tokens 1", "x86-64-v4", {"<b>x": 1}, cpu=cpu, number=n)
                                  for n in [1, 2]])  # fmt: skip
        self.assertEqual(data["kernels"][0]["kernel"], name)
        self.assertEqual(data["kernels"][0]["parameters"], ["<b>x"])
        self.assertEqual(len(list(tree.iter(f"{HTML}script"))), 2)
        self.assertIsNone(tree.find(f".//{HTML}img"))
        self.assertIn(name, self.text(tree))

    def test_few_results(self):
        """None, one, one that failed, and a run without a winner."""
        tree, data = self.report([])
        self.assertEqual(data["kernels"], [])
        self.assertIn("There are no results.", self.text(tree))
        one = samples.result("mlp_96", "tokens 1", "x86-64-v4", {"x": 1}, outcome="failed", message="no registers left",
                             cold_ms=0.0, ratio=0.0)  # fmt: skip
        tree, data = self.report([one])
        self.assertEqual(data["kernels"][0]["results"][0][-1], "no registers left")
        self.assertIn("no schedule was timed", self.text(tree))
        more = [samples.result("mlp_96", "tokens 1", "x86-64-v4", {"x": n}, number=n, ratio=1 - 0.1 * n)
                for n in range(2, 5)]  # fmt: skip
        tree, data = self.report(more)
        self.assertIn("x86-64-v4: no schedule is better than the default's, 1.000 ms of 1 kernel.", self.text(tree))
        self.assertEqual(len(data["kernels"][0]["results"]), 4)

    def test_one_run_or_cpu(self):
        other = samples.result("mlp_96", "tokens 1", "x86-64-v4", {"x": 1}, run=("other", "random", 3),
                               cpu="GenuineIntel 6")  # fmt: skip
        _, data = self.report([other] + samples.results(4, runs=samples.RUNS[:2]), "--run", samples.RUNS[1][0])
        runs = {condition["run"] for kernel in data["kernels"] for condition in kernel["conditions"]}
        self.assertEqual(runs, {samples.RUNS[1][0]})
        self.tune("report", "schedules.db", "-o", "report.html", "--cpu", "intel")
        self.assertEqual([kernel["cpu"] for kernel in self.page()[1]["kernels"]], ["GenuineIntel 6"])
        for option, value, known in [("--run", "none", "other"), ("--cpu", "ARM", "GenuineIntel 6")]:
            message = self.tune("report", "schedules.db", "-o", "no.html", option, value, status=2).stderr
            self.assertRegex(message, f"has no results of .*{value}.*; it has: .*{re.escape(known)}")
            self.assertFalse(os.path.exists(self.path("no.html")))

    def test_many_results(self):
        results = samples.results(370)
        self.assertGreater(len(results), 20000)
        self.report(results)
        before = os.times()
        self.tune("report", "schedules.db", "-o", "report.html")
        after = os.times()
        # Time of the CPU: tests run beside others.
        self.assertLess(after.children_user + after.children_system - before.children_user - before.children_system, 2)
        self.assertLess(os.path.getsize(self.path("report.html")), 5e6)


if __name__ == "__main__":
    unittest.main()
