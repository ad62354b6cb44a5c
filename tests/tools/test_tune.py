"""swin-tune MODEL as users meet it: what is found is kept, whatever ends it; a record is searched without timing."""
import json
import os
import pty
import random
import signal
import subprocess
import time
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

MODEL = [DIGITS, "--weights", WEIGHTS, "--target", "x86-64-v3"]
SLOWER = "for x86-64-v3 the model is slower with what was found, which is withdrawn\n"
# Kills at so many moments; a hundred by hand.
KILLS = int(os.environ.get("SWIN_TUNE_KILLS", "12"))


class Tune(CompileCase):
    def start(self, *arguments, db="s.db", **streams):
        return subprocess.Popen([os.path.join(BIN, "swin-tune"), *arguments, "--db", db], cwd=self.folder,
                                env=self.environment(), text=True, **streams)  # fmt: skip

    def run_tune(self, *arguments):
        return subprocess.run([os.path.join(BIN, "swin-tune"), *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True)  # fmt: skip

    def good_tune(self, *arguments):
        done = self.run_tune(*arguments)
        # Where much else runs, the whole model may seem slower.
        errors = done.stderr.replace(SLOWER, "")
        self.assertEqual((done.returncode, errors), (0, ""), done.stdout)
        return done.stdout

    def results(self, db="s.db"):
        return [json.loads(line) for line in self.good_tune("export", db).splitlines()]

    def lines(self, path):
        """Results of the whole lines of a record."""
        if not os.path.exists(self.path(path)):
            return []
        with open(self.path(path)) as file:
            return [json.loads(line) for line in file.read().split("\n")[:-1]]

    def kernels(self):
        return [json.loads(line)["kernel"] for line in self.good_tune(*MODEL, "--list").splitlines()]

    def check(self, db="s.db"):
        self.good_tune("check", db)

    def once(self, results):
        """No schedule was tried twice, but to confirm it; how many there are."""
        ratios = {}
        for r in results:
            key = (r["signature"], r["schedule"])
            if r["outcome"] != "withdrawn" and r["template"] != "model 1":
                self.assertGreater(ratios.get(key, 2), 1.005, r)
                ratios[key] = r["ratio"]
        return len(ratios)


class TestTune(Tune):
    def test_all_kernels(self):
        text = self.good_tune(*MODEL, "--db", "s.db", "--trials", "3", "--record", "a.jsonl")
        kernels = self.kernels()
        for kernel in kernels:
            self.assertIn(kernel, text)
        results = self.results()
        self.assertEqual(results, self.lines("a.jsonl"))
        models = [r for r in results if r["template"] == "model 1"]
        results = [r for r in results if r["template"] != "model 1"]
        self.assertEqual({r["kernel"] for r in results}, set(kernels))
        for kernel in kernels:
            self.assertEqual(sum(r["standard"] for r in results if r["kernel"] == kernel), 1)
        self.check()
        # A later run goes on.
        before = self.once(results)
        self.good_tune(*MODEL, "--db", "s.db", "--trials", "2", "-q")
        self.assertGreater(self.once(self.results()), before)
        tuned = len({r["kernel"] for r in results if r["confirmed"]})
        found = [(r["kernel"], r["threads"], r["sizes"], r["schedule"]) for r in models]
        expected = ("digits_swin", 1, "1x32x32", f"tuned={tuned} kernels={len(kernels)}")
        self.assertEqual(found, [expected] if tuned else [])
        if tuned:
            self.assertIn("whole model, x86-64-v3", text)
            self.assertRegex(self.good_tune("show", "s.db"), rf"digits_swin .* tuned={tuned} ")

    def test_replay(self):
        self.good_tune(*MODEL, "--db", "s.db", "--trials", "12", "--kernel", self.kernels()[0], "--record", "a.jsonl")
        record = self.lines("a.jsonl")
        first = [r["schedule"] for r in record]
        for name in "bc":
            self.good_tune(*MODEL, "--trials", "12", "--kernel", self.kernels()[0], "--replay", "a.jsonl",
                           "--record", name + ".jsonl")  # fmt: skip
            self.assertEqual([r["schedule"] for r in self.lines(name + ".jsonl")], first)
        self.assertEqual(len(self.results()), len(first))

    def test_wrong_kernel(self):
        done = self.run_tune(*MODEL, "--db", "s.db", "--kernel", "mlp_7")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^swin-tune: error: the model has no kernel 'mlp_7'; it has \w+, ")

    def test_two_at_once(self):
        kernels = ["--kernel", ",".join(self.kernels()[:3])]
        both = [self.start(*MODEL, *kernels, "--trials", "6", "--seed", seed, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE) for seed in "12"]  # fmt: skip
        for one in both:
            out, errors = one.communicate()
            self.assertEqual((one.returncode, errors), (0, ""), out)
        self.check()
        results = self.results()
        self.assertEqual(len({r["run"] for r in results}), 2)
        for run in {r["run"] for r in results}:
            self.once([r for r in results if r["run"] == run])


class TestEnds(Tune):
    """Of runs, by others."""

    def test_interrupted(self):
        with self.start(*MODEL, "--trials", "1000", "--record", "a.jsonl", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE) as one:  # fmt: skip
            self.wait_for(one, "a.jsonl", 5)
            one.send_signal(signal.SIGINT)
            out, errors = one.communicate(timeout=60)
        self.assertEqual((one.returncode, errors), (-signal.SIGINT, ""), out)
        self.assertEqual(self.results(), self.lines("a.jsonl"))
        self.check()

    def test_terminal(self):
        """Progress is one line that is rewritten; a second signal does not wait for what is under way."""
        main, end = pty.openpty()
        self.addCleanup(os.close, main)
        with self.start(*MODEL, "--time", "90s", "--record", "a.jsonl", stdout=subprocess.DEVNULL, stderr=end) as one:
            os.close(end)
            self.wait_for(one, "a.jsonl", 9)
            one.send_signal(signal.SIGINT)
            one.send_signal(signal.SIGINT)
            one.wait(timeout=5)
        self.assertEqual(one.returncode, -signal.SIGINT)
        shown = os.read(main, 65536).decode()
        self.assertRegex(shown, r"\r\x1b\[K\w+ \(1 of \d+\): [48]( of \d+)? tried, best \d\.\d\d\d x, 1:\d\d left")
        self.check()

    def wait_for(self, process, record, count):
        """Until so many results are there."""
        while process.poll() is None and len(self.lines(record)) < count:
            time.sleep(0.01)

    def test_killed(self):
        chance = random.Random(1)
        kept, runs = [], set()
        for number in range(KILLS):
            record = f"{number}.jsonl"
            with self.start(*MODEL, "--trials", "1000", "--record", record, "-q") as one:
                self.wait_for(one, record, chance.randrange(4))
                time.sleep(chance.random() * 0.5)
                self.assertIsNone(one.poll())
                one.kill()
            said = self.lines(record)
            runs |= {r["run"] for r in said}
            self.check()
            found = self.results()
            # What was said to be kept is there, and at most one more, whose line was not written yet.
            self.assertEqual(found[: len(kept)], kept)
            self.assertEqual(found[len(kept) :][: len(said)], said)
            self.assertLessEqual(len(found), len(kept) + len(said) + 1)
            kept = found
        self.assertGreater(len(runs), KILLS / 3)
        self.once(kept)
        # It goes on.
        self.good_tune(*MODEL, "--db", "s.db", "--trials", "1", "-q")


if __name__ == "__main__":
    unittest.main()
