"""swin-tune's command line, and what it does with databases."""
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import report_samples as samples
from harness import BIN, DIGITS, CompileCase

ISAS = "x86-64-v4 x86-64-v3 x86-64-v2 aarch64 host"
TIME = "expected a time as in 90s, 10m or 2h, found "
NO_MODEL = "no MODEL: expected a model description (.json), a folder with one, or --arch NAME"

# Arguments and what is wrong with them.
CASES = [
    ([], [NO_MODEL]),
    ([""], ["argument 1 '': MODEL must not be empty", NO_MODEL]),
    (["m.json", "n.json"], ["argument 2 'n.json': a second MODEL; the first is 'm.json'"]),
    (["m.json", "--arch", "swin_t"], ["argument 2 '--arch': takes the place of MODEL; there is one: 'm.json'"]),
    (["m.json", "--tirals", "3"], ["argument 2 '--tirals': unknown option; did you mean --trials?",
                                   "argument 3 '3': a second MODEL; the first is 'm.json'"]),
    (["m.json", "--time", "10"], [f"argument 2 '--time': {TIME}'10'"]),
    (["m.json", "--time", "0m"], [f"argument 2 '--time': {TIME}'0m'"]),
    (["m.json", "--time=m"], [f"argument 2 '--time=m': {TIME}'m'"]),
    (["m.json", "--time", "1d"], [f"argument 2 '--time': {TIME}'1d'"]),
    (["m.json", "--time", "99999999999999999999h"], [f"argument 2 '--time': {TIME}'99999999999999999999h'"]),
    (["m.json", "--trials", "0"],
     ["argument 2 '--trials': expected a whole number from 1 to 1000000000, found '0'"]),
    (["m.json", "--threads", "1,,1025"],
     ["argument 2 '--threads': expected a whole number from 1 to 1024, found ''",
      "argument 2 '--threads': expected a whole number from 1 to 1024, found '1025'"]),
    (["m.json", "--threads", "2,2"], ["argument 2 '--threads': 2 is there twice"]),
    (["m.json", "--target", "avx2"], [f"argument 2 '--target': 'avx2' is none of: {ISAS}"]),
    (["m.json", "--target", "aarch64"],
     ["argument 2 '--target': this machine does not have aarch64, so nothing can be timed with it here"]),
    (["m.json", "--seed", "-1"],
     ["argument 2 '--seed': expected a whole number from 0 to 9223372036854775807, found '-1'"]),
    (["m.json", "--strategy", "best"],
     ["argument 2 '--strategy': 'best' is none of: random evolutionary model"]),
    (["m.json", "--size", "any"],
     ["argument 2 '--size': expected height x width, each from 1 to 65536, as in 256x320; found 'any'"]),
    (["m.json", "--batch", "any"],
     ["argument 2 '--batch': expected a whole number from 1 to 65536, found 'any'"]),
    (["m.json", "--kernel", "a,,b"],
     ["argument 2 '--kernel': expected names of kernels with a comma between two of them, found 'a,,b'"]),
    (["--kernel", "a,b"], [NO_MODEL]),
    (["--kernel", "k.mlir"],
     ["argument 1 '--kernel': needs --size HxW: kernels alone say nothing of the images that they are run for"]),
    (["--kernel", "k.mlir", "--size", "8x8", "--weights", "w.safetensors"],
     ["argument 5 '--weights': goes with a model; there are only kernels, 'k.mlir'"]),
    (["m.json", "--replay", "r", "--db", "d", "--record", "s"],
     ["argument 4 '--db': does not go with --replay, which measures nothing"]),
    (["m.json", "-q", "-v"], ["argument 2 '-q': does not go with -v"]),
    (["m.json", "--json"], ["argument 2 '--json': unknown option"]),
    (["merge"], ["merge: no DB: expected a database of schedules"]),
    (["merge", "a"], ["merge: no OTHER: expected a second database of schedules"]),
    (["merge", "", "a"], ["argument 2 '': a file's name must not be empty",
                          "merge: no OTHER: expected a second database of schedules"]),
    (["export", "a", "b", "c"], ["argument 4 'c': export takes no more files"]),
    (["show", "a", "b"], ["argument 3 'b': show takes no more files"]),
    (["show", "a", "--time", "3s"], ["argument 3 '--time': unknown option",
                                     "argument 4 '3s': show takes no more files"]),
    (["report", "a"], ["report: no -o FILE.html: expected where to write the report"]),
    (["check", "--jsn"], ["argument 2 '--jsn': unknown option", "check: no DB: expected a database of schedules"]),
]  # fmt: skip


class TuneDatabase(CompileCase):
    def command(self, *arguments, **options):
        return subprocess.run([os.path.join(BIN, "swin-tune"), *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True, **options)  # fmt: skip

    def done(self, *arguments, **options):
        done = self.command(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def wrong(self, *arguments, **options):
        done = self.command(*arguments, **options)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr.splitlines()

    def database(self, name, results):
        self.done("import", name, input=samples.lines(results))

    def test_wrong_command_lines(self):
        for arguments, errors in CASES:
            with self.subTest(arguments):
                done = self.command(*arguments)
                lines = [f"swin-tune: error: {error}" for error in errors]
                lines.append("swin-tune: --help lists what can be given")
                self.assertEqual(done.stderr.splitlines(), lines)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(self.left(), [])

    def test_help_and_versions(self):
        text = self.done("--help")
        for word in ["--kernel", "--db", "--time", "--trials", "--threads", "--target", "--seed", "--strategy",
                     "random", "evolutionary", "--record", "--replay", "--list", "--weights", "--size", "--batch",
                     "-v", "-q", "merge", "export", "import", "show", "report", "check", "--json", "--run", "--cpu",
                     ]:  # fmt: skip
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assertEqual(self.done("merge", "--help"), text)
        version = r"\d+\.\d+\.\d+"
        self.assertRegex(self.done("--version"), rf"^swin-tune {version} llvm {version} halide {version}\n"
                         r"sources [0-9a-f]{64}\n$")  # fmt: skip
        self.assertRegex(self.done("--cpu"), r"^\w+ \d+ \d+ .+\n$")
        self.assertIn("swin_t", self.done("--arch", "help").splitlines())

    def test_kernels_of_a_file(self):
        self.write("k.mlir", self.good(DIGITS, "--emit", "kernels", "-q"))
        listed = self.done("--kernel", "k.mlir", "--size", "32x32", "--list")
        self.assertEqual(listed, self.done(DIGITS, "--list"))
        self.assertEqual({tuple(json.loads(line)) for line in listed.splitlines()},
                         {("kernel", "macs", "signature", "sizes")})  # fmt: skip
        self.assertIn("14x14", self.done("--kernel", "k.mlir", "--size", "28x28", "--list"))
        self.write("x.mlir", "\n  x")
        for name, error in [("x.mlir", "x.mlir:2:3: error: custom op 'x' is unknown (tried 'builtin.x' as well)"),
                            ("y.mlir", "y.mlir: error: could not open input file y.mlir")]:  # fmt: skip
            self.assertEqual(self.wrong("--kernel", name, "--size", "8x8", "--list"), [error])

    def test_lines_come_back(self):
        text = samples.lines(samples.results(4))
        count = len(text.splitlines())
        self.assertEqual(self.done("import", "a.db", input=text), f"{count} results, {count} of which were not there\n")
        self.assertEqual(self.done("import", "a.db", "-", input=text), f"{count} results, 0 of which were not there\n")
        exported = self.done("export", "a.db")
        parse = lambda lines: [json.loads(line) for line in lines.splitlines()]  # noqa: E731
        self.assertEqual(parse(exported), parse(text))
        self.assertEqual(self.done("export", "a.db", "lines.jsonl"), "")
        self.done("import", "b.db", "lines.jsonl")
        self.assertEqual(self.done("export", "b.db"), exported)
        self.assertEqual(self.done("check", "b.db"), f"b.db: {count} results, nothing is wrong\n")
        self.assertEqual(self.left(), ["a.db", "b.db", "lines.jsonl"])

    def test_merge(self):
        results = samples.results(6)
        half = len(results) // 2
        self.database("a.db", results[: half + 5])
        self.database("b.db", results[half - 5 :])
        self.database("c.db", [])
        text = self.done("merge", "all.db", "a.db", "b.db", "c.db")
        self.assertEqual(text, f"a.db: {half + 5} results that were not there\n"
                         f"b.db: {len(results) - half - 5} results that were not there\n"
                         "c.db: 0 results that were not there\n")  # fmt: skip
        key = lambda one: (one["run"], one["isa"], one["kernel"], one["number"])  # noqa: E731
        merged = [json.loads(line) for line in self.done("export", "all.db").splitlines()]
        self.assertEqual(sorted(merged, key=key), sorted(results, key=key))
        self.assertEqual(self.wrong("merge", "a.db", "none.db", "/dev/null"),
                         ["swin-tune: error: none.db: no such file; expected a database of schedules",
                          "swin-tune: error: /dev/null: not a database of schedules"])  # fmt: skip

    def test_show(self):
        results = samples.results(12)
        self.database("a.db", results + [samples.result("mlp_96", "tokens 1", "x86-64-v4", {"x": 1}, cpu="Other 6")])
        table = self.done("show", "a.db")
        self.assertEqual(table.count("CPU "), 2)
        self.assertIn("CPU Other 6\n", table)
        rows = [json.loads(line) for line in self.done("show", "a.db", "--json").splitlines()]
        self.assertEqual(sum(row["tried"] for row in rows), sum(not one["confirmed"] for one in results) + 1)
        for row in rows:
            confirmed = [(one["ratio"], one["schedule"]) for one in results if one["confirmed"] and one["ratio"] > 1
                         and all(one[name] == row[name] for name in ["signature", "isa", "cpu"])]  # fmt: skip
            self.assertEqual((row["ratio"], row["schedule"]), max(confirmed, default=(1, "")))
            line = f"{row['kernel']}  .*{row['sizes']}.* {row['standard_cold_ms']:.3f}  .*{row['tried']}  "
            self.assertRegex(table, line + (row["schedule"] or "the default's"))
        self.database("none.db", [])
        self.assertEqual(self.done("show", "none.db"), "no results\n")

    def test_wrong_lines(self):
        """Every wrong line is said, and nothing is kept."""
        good = samples.lines(samples.results(1)).splitlines()
        cut = "\n".join([good[0], good[1][:-9], "", good[2].replace('"cpu"', '"gpu"'), good[3]])
        self.write("lines.jsonl", cut)
        self.assertEqual(self.wrong("import", "a.db", "lines.jsonl"), [
            "swin-tune: error: lines.jsonl:2: not a result: expected an object of JSON on one line",
            "swin-tune: error: lines.jsonl:4: not a result: no field 'cpu', expected a text"])  # fmt: skip
        self.assertEqual(self.wrong("import", "a.db", input="x\n" * 50), [
            f"swin-tune: error: standard input:{n}: not a result: expected an object of JSON on one line"
            for n in range(1, 21)])  # fmt: skip
        self.assertEqual(self.left(), ["lines.jsonl"])

    def test_wrong_files(self):
        self.database("a.db", samples.results(1))
        os.mkdir(self.path("folder"))
        for arguments, error in [
            (["export", "folder"], "folder: a folder; expected a database of schedules"),
            (["show", DIGITS], f"{DIGITS}: not a database of schedules"),
            (["import", "b.db", "none"], "none: cannot be read: No such file or directory"),
            (["export", "a.db", "./a.db"], "./a.db: is the database itself"),
            (["export", "a.db", "none/x"], "none/x: cannot be written: No such file or directory"),
            (["report", "a.db", "-o", "none/x"], "none/x: cannot be written: No such file or directory"),
            (["import", "none/b.db"], "none/b.db: the database can't be opened"),
        ]:
            with self.subTest(arguments):
                self.assertEqual(self.wrong(*arguments, input=""), [f"swin-tune: error: {error}"])
        self.assertEqual(self.left(), ["a.db", "folder"])
        with open("/dev/full", "w") as full:
            done = subprocess.run([os.path.join(BIN, "swin-tune"), "export", "a.db"], cwd=self.folder, stdout=full,
                                  stderr=subprocess.PIPE, text=True)  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "swin-tune: error: standard output: cannot be written: No space left on device\n")

    def test_files_that_can_only_be_read(self):
        """By a user who may not write beside them: one that needs a log, and one whose log was left by a kill."""
        self.database("a.db", samples.results(2))
        with contextlib.closing(sqlite3.connect(self.path("a.db"))) as database:
            database.execute("PRAGMA journal_mode = WAL")
        shutil.copy(self.path("a.db"), self.path("b.db"))
        self.write("b.db-wal", "x")
        for name in ["a.db", "b.db"]:
            os.chmod(self.path(name), 0o444)
        os.chmod(self.folder, 0o555)
        os.chmod(os.path.dirname(self.folder), 0o755)
        self.addCleanup(os.chmod, self.folder, 0o755)
        user = {"user": 65534} if os.geteuid() == 0 else {}
        self.assertIn("nothing is wrong", self.done("check", "a.db", **user))
        self.assertIn("default ms", self.done("show", "a.db", **user))
        self.assertEqual(self.wrong("import", "a.db", input="", **user),
                         ["swin-tune: error: a.db: the database can't be written"])  # fmt: skip
        self.assertEqual(self.wrong("check", "b.db", **user), [
            "swin-tune: error: b.db: the program that used it was killed; it can be read when one that may write has "
            "opened it"])  # fmt: skip

    def test_killed(self):
        """Imports are there whole or not at all."""
        text = samples.lines(samples.results(60))
        count = len(text.splitlines())
        generator = random.Random(4)
        for _ in range(12):
            process = subprocess.Popen([os.path.join(BIN, "swin-tune"), "import", "a.db"], cwd=self.folder,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # fmt: skip
            process.stdin.write(text)
            process.stdin.close()
            time.sleep(generator.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if os.path.exists(self.path("a.db")) and os.path.getsize(self.path("a.db")) > 0:
                said = self.done("check", "a.db")
                self.assertIn(said, [f"a.db: {n} results, nothing is wrong\n" for n in (0, count)])
        self.done("import", "a.db", input=text)
        self.assertEqual(self.done("check", "a.db"), f"a.db: {count} results, nothing is wrong\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
