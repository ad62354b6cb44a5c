"""--report of swin-compile on the digits model: what it says agrees with itself and with what was made."""
import json
import os
import unittest
from xml.etree import ElementTree

from harness import CompileCase, DIGITS, WEIGHTS

MODEL = [DIGITS, "--weights", WEIGHTS, "--name", "digits", "--target", "x86-64-v3"]
KEYS = ["info", "size", "model", "graph", "calls", "kernels", "arena", "outputs", "remarks", "profile", "weights_bytes",
        "files", "ms", "peak_memory_bytes"]  # fmt: skip


class Report(CompileCase):
    def report(self, *options, path="report.json"):
        self.good(*MODEL, *([] if "graph" in options else ["-o", "out"]), "--report", path, *options)
        with open(self.path(path)) as file:
            return json.load(file)

    def test_sums(self):
        report = self.report("--emit", "lib")
        self.assertEqual(list(report), KEYS)
        info, calls, kernels, ops = report["info"], report["calls"], report["kernels"], report["graph"]["ops"]
        self.assertEqual(info["model"], "digits")
        for part in (calls, kernels, ops):
            self.assertEqual(info["macs"], sum(each["macs"] for each in part))
        for name in ("macs", "bytes"):
            self.assertEqual(sum(each[name] for each in calls), sum(each[name] for each in kernels))
        for kernel in kernels:
            self.assertEqual(kernel["calls"], sum(call["kernel"] == kernel["name"] for call in calls))
            self.assertEqual([made["isa"] for made in kernel["objects"]], ["x86-64-v3"])
        self.assertTrue(any(kernel["calls"] > 1 for kernel in kernels), "equal kernels are one")
        self.assertEqual(report["files"]["libdigits.a"], os.path.getsize(self.path("out/libdigits.a")))
        self.assertGreater(report["weights_bytes"], 100000)

    def test_page(self):
        report = self.report("--emit", "graph")
        self.assertEqual((report["info"], report["calls"], report["profile"]), (None, [], None))
        self.good(*MODEL, "-o", "out", "--report", "report.html")
        page = ElementTree.parse(self.path("report.html")).getroot()
        (data,) = [element for element in page.iter() if element.get("id") == "data"]
        self.assertEqual(list(json.loads(data.text)), KEYS)

    def test_each_op_is_in_a_call(self):
        report = self.report("--emit", "lib")
        calls, ops = report["calls"], report["graph"]["ops"]
        kernels = {kernel["name"]: kernel for kernel in report["kernels"]}
        self.assertEqual([op["id"] for op in ops], list(range(len(ops))))
        for op in ops:
            self.assertTrue(all(-1 <= operand < op["id"] for operand in op["operands"]))
            self.assertIn(op["id"], calls[op["call"]]["ops"])
            self.assertNotIn("why", op)
        for index, call in enumerate(calls):
            # Nothing was folded away or put together in this model.
            self.assertEqual([ops[number]["op"] for number in call["ops"]], kernels[call["kernel"]]["ops"])
            last = ops[call["ops"][-1]]
            self.assertEqual((last["shape"], last["layer"]), (call["shape"], call["layer"]))
            read = {ops[operand]["call"] if operand >= 0 else -1
                    for number in call["ops"] for operand in ops[number]["operands"]}  # fmt: skip
            self.assertEqual(set(call["reads"]), read - {index})

    def test_values_of_a_slot_follow_each_other(self):
        report = self.report("--emit", "lib")
        calls, arena = report["calls"], report["arena"]
        self.assertEqual(arena["bytes"], sum(slot["bytes"] for slot in arena["slots"]))
        self.assertEqual(len(arena["values"]) + len(report["outputs"]), len(calls))
        free = [0] * len(arena["slots"])
        for value in arena["values"]:
            slot = arena["slots"][value["slot"]]
            self.assertLessEqual(value["bytes"], slot["bytes"])
            self.assertEqual(slot["offset"] % 64, 0)
            self.assertEqual((value["slot"], value["from"]), (calls[value["call"]]["slot"], value["call"]))
            self.assertGreaterEqual(value["from"], free[value["slot"]])
            free[value["slot"]] = value["to"] + 1
            readers = [index for index, call in enumerate(calls) if value["call"] in call["reads"]]
            self.assertEqual(value["to"], max(readers))
        for output in report["outputs"]:
            call = calls[output["call"]]
            self.assertEqual((output["name"], output["shape"], None), (call["output"], call["shape"], call["slot"]))

    def test_profiles_that_are_none(self):
        zero = dict.fromkeys(["calls", "ms_min", "ms_median", "share", "macs", "bytes", "of_peak", "of_bound"], 0)
        call = {"kernel": "embed_32", "kind": "tokens", "layer": "patch_embed.norm", **zero}
        one = {"input": "a.npy", "n": 1, "h": 32, "w": 32, "ms": [1.0], "ms_min": 1, "ms_median": 1, "macs": 1,
               "calls": [call], "kernels": [], "kinds": [], "outside": {"ms_min": 0, "ms_median": 0, "share": None}}
        good = {"model": "digits", "isa": "x", "threads": 1, "peak_gmacs": 1, "bandwidth_gb": None, "inputs": [one]}
        right = "expected a profile of this model's library as it is compiled now"
        cases = {
            "": "1:1: error: ",
            "{": "1:2: error: ",
            "[]": '1:1: error: expected an object with the key "model", as swin-run --profile writes it, found a list',
            json.dumps(good | {"isa": 5}): '1:28: error: expected a text as "isa", as swin-run --profile writes it',
            json.dumps(good | {"inputs": 1}): 'expected a list as "inputs", as swin-run --profile writes it, found 1',
            json.dumps(good | {"inputs": [one | {"ms": [[]]}]}): "expected a number of milliseconds, as",
            json.dumps(good | {"model": "other"}): 'the profile is of the model "other"; expected one of "digits"',
            json.dumps(good): f"there are 1 calls of kernels, in the model 11; {right}",
            json.dumps(good | {"inputs": [one | {"calls": [call | {"layer": "<x>"}]}]}):
                f"call 0 is of kernel embed_32 at <x>, that of the model of embed_32 at patch_embed.norm; {right}",
        }  # fmt: skip
        for text, error in cases.items():
            self.write("profile.json", text)
            done = self.compile(*MODEL, "-o", "out", "--report", "report.json", "--profile", "profile.json")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(error, done.stderr.splitlines()[0])
            self.assertEqual(self.left(), ["profile.json"])
        self.assertIn("missing.json", self.compile(*MODEL, "--report", "r", "--profile", "missing.json").stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
