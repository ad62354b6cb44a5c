"""bench on a model of a moment: its table, JSON and picture, what it refuses, and its arithmetic."""
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import types
import unittest
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import models  # noqa: E402, F401  (it knows where digits.py is)
import plot  # noqa: E402
import report  # noqa: E402
from contestants import Failure, Own, Peer  # noqa: E402
from rounds import Entry, Group, check_outputs  # noqa: E402

BIN = os.environ["SWIN_BIN"]
SHORT = ["--models", "small", "--rounds", "2", "--seconds", "0.02"]
FEW = [*SHORT, "--batch", "1", "--threads", "1"]


def contestant(name, macs=None):
    if name == "peer":
        return Peer("python", "openvino", "1.2", "x86-64-v4", 1, None)
    ours = Own(None, "x86-64-v4", 1, name)
    ours.macs = macs
    return ours


class Arithmetic(unittest.TestCase):
    def group(self):
        """8 GMAC in 100 and 90 ms at best, peaks of 100 and 110 GMAC/s; a peer; a batch of 4."""
        ours, peer = Entry(contestant("ours", 8e9), 1, (2, 2)), Entry(contestant("peer"), 1, (2, 2))
        four = Entry(contestant("four", 32e9), 4, (2, 2), share=4)
        ours.add(100, 110, 100, 100)
        ours.add(90, 120, 110, 90)
        ours.add(95, 100, 100, 100)
        peer.add(180, 200, 100, 100)
        four.add(300, 330, 100, 100)
        return Group("speed", models.MODELS["swin_t"], [ours, peer, four])

    def test_efficiency(self):
        group = self.group()
        best, median = group.efficiency(group.entries[0])
        self.assertAlmostEqual(best, 8 / 0.090 / 110)
        self.assertAlmostEqual(median, 8 / 0.110 / 100, msg="of 0.727, 0.667 and 0.8")
        self.assertAlmostEqual(group.efficiency(group.entries[1])[0], 8 / 0.180 / 100, msg="with our multiply-adds")
        group.entries[0].contestant.macs = None
        self.assertEqual(group.efficiency(group.entries[0]), (None, None))

    def test_ratio(self):
        ours, peer, four = self.group().entries
        self.assertEqual(peer.ratio(ours), (180 / 90, 200 / 110))
        self.assertEqual(four.ratio(ours), (300 / 4 / 90, 330 / 4 / 110), "of one image")
        self.assertEqual(ours.ratio(ours), (1, 1))

    def test_tables(self):
        group = self.group()
        lines = report.group_lines(report.group_json(group))
        self.assertEqual(lines[0], "speed: Swin-T 1x2x2, 1 thread, 8.000 GMAC; FMA peak in GMAC/s: "
                                   "110.0 avx512 on 1 core")  # fmt: skip
        self.assertEqual(lines[3].split(), "OpenVINO 180.00 200.00 0.444 0.400 2.000x 1.818x".split())
        row = report.markdown([report.group_json(group)])[2]
        self.assertEqual(row, "| Swin-T | 1x2x2 | 1 | 90.0 (0.81) | 180.0 (2.00x) | 300.0 (1.07) |")
        group.experiment = "batch"
        self.assertEqual(report.markdown([report.group_json(group)]), [])

    def test_same(self):
        group = self.group()
        found = report.group_json(group)
        self.assertTrue(report.same(found, group))
        for name in ["what", "n", "h", "threads"]:
            other = {**found, "entries": [*found["entries"][:2], {**found["entries"][2], name: 9}]}
            self.assertFalse(report.same(other, group), name)
        self.assertFalse(report.same({**found, "model": "Swin-S"}, group))

    def test_picture(self):
        group = report.group_json(self.group())
        root = xml.etree.ElementTree.fromstring(plot.svg([group]))
        bars = [item for item in root if item.get("width") == str(plot.BAR - 2)]
        heights = [float(bar.get("height")) for bar in bars]
        for height, entry in zip(heights, group["entries"], strict=True):
            self.assertAlmostEqual(height, plot.HEIGHT * entry["of_peak"], 1)
        for other in ([], [{**group, "experiment": "batch"}]):
            xml.etree.ElementTree.fromstring(plot.svg(other))


class Outputs(unittest.TestCase):
    def compare(self, first, second, shape=(1, 2)):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ["a.npy", "b.npy"]]
            models.write_npy(paths[0], (1, 2), models.array.array("f", first))
            models.write_npy(paths[1], shape, models.array.array("f", second))
            check_outputs([("ours", paths[0]), ("peer", paths[1])])

    def test_compared(self):
        self.compare([-100, 1], [-100.05, 1.05])
        for wrong in ([-100, 1.2], [math.nan, 1], [-100, math.nan], [-100, math.inf]):
            with self.assertRaisesRegex(Failure, "^peer gives another result than ours: they differ by .* 0.001$"):
                self.compare([-100, 1], wrong)
        with self.assertRaisesRegex(Failure, r"an output of shape \(2, 1\), ours has \(1, 2\)"):
            self.compare([-100, 1], [-100, 1], (2, 1))


class Command(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="swin-bench-test-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def start(self, *arguments, python="none", **environment):
        command = [sys.executable, os.path.join(HERE, "bench"), "--bin", BIN, "--python", python, "--work",
                   os.path.join(self.folder, "work"), *arguments]  # fmt: skip
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **environment})  # fmt: skip

    def bench(self, status, *arguments, **options):
        process = self.start(*arguments, **options)
        out, errors = process.communicate()
        self.assertEqual(process.returncode, status, out + errors)
        return out if status != 2 else errors.splitlines()[-1]

    def stubbed(self, status, manner, *arguments):
        return self.bench(status, *FEW, *arguments, python=os.path.join(HERE, "PeerStub"), PEER_STUB=manner)

    def test_ours_alone(self):
        results, picture = os.path.join(self.folder, "a.json"), os.path.join(self.folder, "a.svg")
        out = self.bench(0, "speed", "threads", "batch", "fixed", *SHORT, "--batch", "1,2", "--threads", "1",
                         "--json", results, "--plot", picture)  # fmt: skip
        self.assertIn("OpenVINO: not installed (scripts/peers installs it)\n", out)
        with open(results, encoding="utf-8") as file:
            found = json.load(file)
        isas = list(found["machine"]["peak_gmacs"]["1"])
        experiments = [group["experiment"] for group in found["groups"]]
        self.assertEqual(experiments, 2 * ["speed"] + [word for word in ["threads", "batch", "fixed"] for _ in isas])
        for group in found["groups"]:
            for entry in group["entries"]:
                self.assertEqual(len(entry["ms_of_rounds"]), 2)
                self.assertLessEqual(entry["ms_min"], entry["ms_median"])
                self.assertAlmostEqual(entry["of_peak"] * entry["peak_gmacs"] * entry["ms_min"], entry["macs"] / 1e6)
        self.assertEqual([entry["n"] for entry in found["groups"][1]["entries"]], [2 for _ in isas])
        self.assertGreater(found["machine"]["bandwidth_gb"]["1"], 0)
        table = [line for line in out.splitlines() if line.startswith("| small")]
        self.assertEqual([line.split("|")[2].strip() for line in table], ["1x56x56", "2x56x56"])
        self.assertRegex(table[0], r"\| [0-9.]+ \(0\.[0-9][0-9]\) \|$")
        self.bench(0, "speed", *SHORT, "--batch", "2,3", "--threads", "1", "--json", results, "--keep")
        with open(results, encoding="utf-8") as file:
            again = json.load(file)["groups"]
        self.assertEqual((again[:-1], again[-1]["entries"][0]["n"]), (found["groups"], 3))
        bars = [item for item in xml.etree.ElementTree.parse(picture).getroot() if item.get("width") == "11"]
        self.assertEqual(len(bars), 2 * len(isas))

    def test_peers(self):
        out = self.stubbed(0, "agrees")
        self.assertIn("torch: not installed: No module named 'torch'\n", out)
        self.assertRegex(out, r"(?m)^  OpenVINO +2\.00 +3\.00 ")
        self.assertRegex(out, r"(?m)^\| small .* \| 2\.0 \([0-9.]+x\) \|$")

    def test_wrong_peers(self):
        out = self.stubbed(1, "differs")
        expected = "^FAILED: OpenVINO gives another result than ours, .*: they differ by 0.1 of the magnitude, "
        self.assertRegex(out.splitlines()[-1], expected)
        self.assertNotIn("best ms", out)
        self.assertEqual(self.stubbed(1, "ends").splitlines()[-1], "FAILED: OpenVINO ended: out of luck")

    def test_leaves_nothing(self):
        told = os.path.join(self.folder, "process")
        process = self.start(*FEW, python=os.path.join(HERE, "PeerStub"), PEER_STUB="sleeps", PEER_STUB_PROCESS=told)
        self.wait(lambda: os.path.exists(told) and os.path.getsize(told))
        process.terminate()
        process.communicate()
        self.assertEqual(process.returncode, 143)
        with open(told, encoding="utf-8") as file:
            self.wait(lambda worker=int(file.read()): not os.path.exists(f"/proc/{worker}"))

    def wait(self, condition):
        end = time.monotonic() + 120
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_requirement(self):
        arguments = ["--peers", "none", "--patience", "0", *FEW]
        self.assertNotIn("FAILED", self.bench(0, *arguments, "--require", "0.0001"))
        out = self.bench(1, *arguments, "--require", "1.5")
        self.assertRegex(out.splitlines()[-1], r"^FAILED: small: efficiency 0\.[0-9]{3} is below 1.5$")

    def test_command_line(self):
        for words, said in [
            (["--models", "swin_x"], "'swin_x' is none of swin_t, "),
            (["--peers", "numpy"], "'numpy' is none of openvino, "),
            (["--batch", "1,0"], "'1,0' is not a list of numbers > 0"),
            (["--size", "224"], "'224' is not HEIGHTxWIDTH"),
            (["--keep"], "--keep needs the file of a run before"),
            (["slow"], "experiment 'slow' is none of compile, speed"),
            (["--executable", "a"], "--executable is one program"),
        ]:
            self.assertRegex(self.bench(2, *words), re.escape(said))


if __name__ == "__main__":
    unittest.main()
