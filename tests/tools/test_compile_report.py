"""--report of swin-compile on the digits model: what it says agrees with itself and with what was made."""
import json
import os
import unittest

from harness import CompileCase, DIGITS, WEIGHTS

MODEL = [DIGITS, "--weights", WEIGHTS, "--name", "digits", "--target", "x86-64-v3"]
KEYS = ["info", "size", "model", "graph", "calls", "kernels", "arena", "outputs", "remarks", "profile", "weights_bytes",
        "files", "ms", "peak_memory_bytes"]  # fmt: skip


class Report(CompileCase):
    def report(self, *options, path="report.json"):
        self.good(*MODEL, "-o", "out", "--report", path, *options)
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
