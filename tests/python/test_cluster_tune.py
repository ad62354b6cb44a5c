"""Tuning on a cluster: nodes that are lost, that are others, that crash; one database has it all, once."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import unittest

from local_cluster import TwoNodes, processes, wait_until
from package import BIN, DIGITS, Case, swin_compile
from swin_compile import cluster
from swin_compile.cluster import tuning

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = ["embed", "head", "mlp", "windows"]


def parent(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


class Stub(TwoNodes):
    """swin-tune is stub_tune.py."""

    others = [{"SWIN_STUB_CPU": "another"}]

    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.symlink(os.path.join(BIN, "swin-compile"), self.path("bin/swin-compile"))
        with open(self.path("bin/swin-tune"), "w") as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} {HERE}/stub_tune.py "$@"\n')
        os.chmod(self.path("bin/swin-tune"), 0o755)
        self.said = []

    def tune(self, **options):
        return cluster.tune(DIGITS, self.path("db"), compiler=self.path("bin/swin-compile"), say=self.said.append,
                            address=self.cluster.address, **options)  # fmt: skip

    def results(self):
        try:
            with open(self.path("db")) as file:
                return [json.loads(line) for line in file.read().rpartition("\n")[0].splitlines()]
        except FileNotFoundError:
            return []

    def once(self, trials):
        """Each trial of each kernel is there, and none twice."""
        found = collections.Counter((each["kernel"], each["number"]) for each in self.results())
        self.assertEqual(found, {(kernel, number): 1 for kernel in KERNELS for number in range(1, trials + 1)})

    def test_interrupted(self):
        script = (f"import sys; sys.path[:0] = {[HERE]!r}; import package; from swin_compile.cluster import __main__\n"
                  "sys.exit(__main__.main(sys.argv[1:]))")  # fmt: skip
        command = subprocess.Popen(
            [sys.executable, "-c", script, "tune", DIGITS, "--db", self.path("db"), "--time", "10m", "--compiler",
             self.path("bin/swin-compile"), "--address", self.cluster.address],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        wait_until(lambda: len(self.results()) > 3)
        command.send_signal(signal.SIGINT)
        said = command.communicate(timeout=30)
        self.assertEqual((command.returncode, said[1]), (130, "ended; what came so far is kept\n"))
        wait_until(lambda: not processes(lambda text: b"stub_tune.py" in text), 20)
        numbers = [(each["kernel"], each["number"]) for each in self.results()]
        self.assertEqual(len(set(numbers)), len(numbers))

    def test_a_schedule_ends_the_program(self):
        outcome = self.tune(trials=5, seed=13, time="40s")
        self.assertEqual(outcome.errors, ["head: swin-tune: error: a stub does not like 13"])
        numbers = sorted(each["number"] for each in self.results() if each["kernel"] == "mlp")
        self.assertEqual((numbers, outcome.results["mlp"], outcome.retried), ([1, 2, 3, 4, 5], 5, 0))
        of_time = {each["kernel"]: float(each["time"][:-1]) for each in self.results() if each["number"] == 1}
        # Of 80 seconds of two nodes, but for what connecting took: 4 and 3 parts of 10, by multiply-adds.
        self.assertTrue(8 < of_time["mlp"] <= 32, of_time)
        self.assertAlmostEqual(of_time["windows"] / of_time["mlp"], 3 / 4, delta=0.05)

    def test_a_node_with_another_cpu(self):
        outcome = self.tune(trials=2)
        self.once(2)
        self.assertEqual(outcome.cpu, "a stub's")
        self.assertEqual(self.said[:2], ["nodes with CPU a stub's: 2", f"{os.uname().nodename} is left out: it has "
                                         "another CPU (another)"])  # fmt: skip
        self.assertLessEqual({each["raylet"] for each in self.results()},
                             {self.raylet(node) for node in (self.cluster.head_node, self.doomed)})  # fmt: skip

    def test_killed(self):
        """A worker, and then a node; `doomed` is there no more afterwards."""
        outcome, raylets = [], [self.raylet(node) for node in (self.cluster.head_node, self.doomed)]
        thread = threading.Thread(target=lambda: outcome.append(self.tune(trials=25)))
        thread.start()
        of = {raylet: lambda raylet=raylet: [each for each in self.results() if each["raylet"] == raylet]
              for raylet in raylets}  # fmt: skip
        wait_until(of[raylets[0]])
        os.kill(parent(self.busy(self.cluster.head_node)[0]), signal.SIGKILL)
        wait_until(lambda: any("another goes on" in line for line in self.said))
        before = len(of[raylets[1]]())
        wait_until(lambda: len(of[raylets[1]]()) > before and self.busy(self.doomed))
        self.kill(self.doomed)
        thread.join(60)
        self.assertEqual((outcome[0].errors, outcome[0].retried), ([], 2), self.said)
        self.once(25)
        self.assertGreater(len(of[raylets[1]]()), before)  # what the lost ones had sent is there
        lost = [line.partition(": its worker on ") for line in self.said if "another goes on" in line]
        self.assertEqual([line[2] for line in lost],
                         [f"{os.uname().nodename} was lost ({why}); another goes on"
                          for why in ("WorkerCrashedError", "NodeDiedError")])  # fmt: skip
        self.assertLessEqual({each["kernel"] for each in self.results() if each["began"]}, {line[0] for line in lost})
        self.assertEqual([line for line in self.said if line.endswith(" results; x86-64-v4 1.250 x")],
                         [line for line in self.said if " results" in line])  # fmt: skip
        self.assertEqual(outcome[0].best, {kernel: {"x86-64-v4": 1.25} for kernel in KERNELS})

    def test_real_program(self):
        """swin-tune itself, and another node is killed."""
        doomed, db, outcome = self.cluster.add_node(num_cpus=1), self.path("db"), []
        kernels = ["mlp_32", "mlp_64", "merge_64", "embed_32", "head_10"]
        thread = threading.Thread(target=lambda: outcome.append(cluster.tune(
            DIGITS, db, kernels=kernels, trials=3, say=self.said.append, address=self.cluster.address)))  # fmt: skip
        thread.start()
        wait_until(lambda: self.busy(doomed))
        self.kill(doomed)
        thread.join(100)
        self.assertEqual((outcome[0].errors, outcome[0].retried), ([], 1), self.said)
        self.assertEqual({line.split(":")[0] for line in self.said if " results" in line}, set(kernels))
        check, export = [subprocess.run([os.path.join(BIN, "swin-tune"), what, db], capture_output=True, text=True,
                                        check=True).stdout for what in ("check", "export")]  # fmt: skip
        self.assertTrue(check.endswith(" results, nothing is wrong\n"), check)
        results = [json.loads(line) for line in export.splitlines()]
        self.assertEqual({each["kernel"] for each in results}, set(kernels))
        self.assertEqual(len({(each["run"], each["kernel"], each["number"]) for each in results}), len(results))
        # What won is measured twice, all else once, whatever was lost.
        tried = collections.Counter((each["kernel"], each["schedule"]) for each in results)
        self.assertLessEqual(max(tried.values()), 2)

    def busy(self, node):
        """The swin-tune that runs there, or the stub."""
        mark = f"RAY_RAYLET_PID={self.raylet(node)}\0".encode()
        return processes(lambda text: b"--record\0" in text and mark in text + b"\0")


class Words(Case):
    def test_times(self):
        for text, seconds in ("90s", 90), ("10m", 600), ("2h", 7200), ("1.5m", 90), (30, 30):
            self.assertEqual(tuning.seconds_of(text), seconds)
        for text in "", "m", "-1s", "0", "nan", "10d", "1e9":
            self.assertIn("expected a number with s, m or h", self.fails(swin_compile.Error, tuning.seconds_of, text))

    def test_what_is_refused(self):
        text = self.fails(swin_compile.CompileError, cluster.tune, self.path("no.json"), self.path("db"))
        self.assertIn("no.json", text)
        self.assertEqual(os.listdir(self.folder), [])
        shutil.copy(os.environ["SWIN_COMPILE"], self.path("swin-compile"))
        text = self.fails(swin_compile.CompilerNotFound, cluster.tune, DIGITS, compiler=self.path("swin-compile"))
        self.assertEqual(text, f"there is no {self.path('swin-tune')}; expected it beside swin-compile")


if __name__ == "__main__":
    unittest.main(verbosity=2)
