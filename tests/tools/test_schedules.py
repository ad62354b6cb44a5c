"""swin-compile --schedules: which schedules kernels get, what is refused, what comes with the compiler."""
import json
import os
import shutil
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase, tree

OTHER = "Vendor 1 2 Other"


def model(embedding):
    return json.dumps({"format": "swin-model", "image": {"size": 32}, "embedding": embedding,
                       "stages": [{"depth": 1, "heads": 2, "window": 4}]})  # fmt: skip


class Schedules(CompileCase):
    def setUp(self):
        super().setUp()
        self.write("m.json", model(32))
        self.write("wider.json", model(48))

    def tool(self, *words):
        done = subprocess.run([os.path.join(BIN, words[0]), *words[1:]], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def database(self, name, *, cpu="host", seed="1", target="x86-64-v3"):
        self.tool("swin-random-schedules", seed, name, cpu, "m.json", "--weights", "synthetic", "--target", target)
        return name

    def lines(self, *arguments):
        return [json.loads(line) for line in self.tool("swin-tune", "export", *arguments).splitlines()]

    def compiled(self, *arguments, path="m.json", compiler=None):
        """Kernel to schedule and its source, and what was said."""
        words = [path, "--weights", "synthetic", "--target", "x86-64-v3", "--emit", "lib", "-o", "out", "--report", "r"]
        done = subprocess.run([compiler or os.path.join(BIN, "swin-compile"), *words, *arguments], cwd=self.folder,
                              env=self.environment(), capture_output=True, text=True)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("r")) as file:
            report = json.load(file)
        found = {each["name"]: (each["objects"][0]["schedule"], each["objects"][0]["schedule_from"])
                 for each in report["kernels"]}  # fmt: skip
        counts = dict.fromkeys(["tuned", "nearest", "default"], 0)
        for _, source in found.values():
            counts[source.split()[0]] += 1
        self.assertEqual(report["info"]["schedules"], counts)
        return found, done.stderr

    def fails(self, *arguments):
        before = self.left()
        done = self.compile("m.json", "--weights", "synthetic", "-o", "out", "--target", "x86-64-v3", *arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(self.left(), before)
        return done.stderr

    def test_tuned(self):
        self.database("some.db")
        wanted = {line["kernel"]: line["schedule"] for line in self.lines("some.db")}
        default, said = self.compiled("--schedules", "off")
        self.assertEqual({source for _, source in default.values()}, {"default"})
        found, said = self.compiled("--schedules", "some.db")
        self.assertEqual(said, "")
        for name, (schedule, source) in found.items():
            self.assertEqual(schedule, wanted[name])
            self.assertEqual(source, "default" if schedule == default[name][0] else "tuned")
        self.assertGreater(sum(source == "tuned" for _, source in found.values()), 2)

    def test_export_of_the_best(self):
        self.database("some.db")
        lines = sorted(self.lines("some.db"), key=lambda line: line["signature"])
        self.assertEqual(self.lines("some.db", "--best"), lines)
        # Of the first kernel the default is better, of the second another schedule.
        unconfirmed = {**lines[0], "confirmed": False}
        others = [{**unconfirmed, "outcome": "withdrawn"}, {**unconfirmed, "standard": True},
                  {**lines[1], "ratio": 3.0}]  # fmt: skip
        self.write("lines", "".join(json.dumps({**line, "run": "other", "number": number}) + "\n"
                                    for number, line in enumerate(others, 1)))  # fmt: skip
        self.tool("swin-tune", "import", "some.db", "lines")
        best = {(line["kernel"], line["run"], line["standard"]) for line in self.lines("some.db", "--best")}
        self.assertEqual(best, {(line["kernel"], "other" if line in lines[:2] else "by chance", line is lines[0])
                                for line in lines})  # fmt: skip

    def test_nearest(self):
        self.database("some.db")
        found, _ = self.compiled("--schedules", "some.db", path="wider.json")
        sources = [source for _, source in found.values()]
        self.assertIn("nearest mlp_32", sources)
        self.assertNotIn("tuned", sources)

    def test_another_cpu(self):
        self.database("some.db", cpu=OTHER)
        text = self.fails("--schedules", "some.db")
        self.assertTrue(text.startswith("swin-compile: error: some.db: there are no results of the CPU '"), text)
        self.assertTrue(text.endswith(f"'; expected one of: '{OTHER}'\n"), text)
        self.assertIn(OTHER, self.tool("swin-tune", "show", "some.db"))
        for cpu in OTHER, "Other":
            found, _ = self.compiled("--schedules", "some.db", "--schedules-cpu", cpu)
            self.assertIn("tuned", [source for _, source in found.values()])
        self.assertIn("some.db: there are no results of the CPU 'Zen'",
                      self.fails("--schedules", "some.db", "--schedules-cpu", "Zen"))  # fmt: skip

    def test_no_database(self):
        self.assertIn("missing.db", self.fails("--schedules", "missing.db"))
        self.write("text.db", "these are no schedules\n" * 100)
        self.assertIn("text.db", self.fails("--schedules", "text.db"))
        # All that is wrong is said at once.
        done = self.compile("none.json", "--schedules", "missing.db")
        self.assertIn("missing.db", done.stderr)
        self.assertIn("none.json", done.stderr)

    def changed(self, name, **fields):
        """The lines of a database, with other values."""
        return "".join(json.dumps({**line, **fields}) + "\n" for line in self.lines(name))

    def test_what_this_compiler_cannot_use(self):
        self.database("some.db")
        default, _ = self.compiled("--schedules", "off")
        for number, fields in enumerate([{"template": "other 7"}, {"schedule": "loops=3"}]):
            self.write("lines", self.changed("some.db", **fields))
            self.tool("swin-tune", "import", f"{number}.db", "lines")
            found, said = self.compiled("--schedules", f"{number}.db", "-v")
            self.assertEqual(found, default)
            self.assertIn(" (x86-64-v3): not the schedule of mlp_32, '", said)

    def test_what_comes_with_the_compiler(self):
        self.database("some.db", cpu=OTHER)
        default, _ = self.compiled("--schedules", "off")
        products = os.path.join(os.path.dirname(BIN), "lib/swin")
        os.makedirs(self.path("own/bin"))
        os.makedirs(self.path("own/lib/swin"))
        for name in tree(products):
            if os.sep not in name and name != "schedules.jsonl":
                os.symlink(os.path.join(products, name), self.path(f"own/lib/swin/{name}"))
        own = shutil.copy(os.path.join(BIN, "swin-compile"), self.path("own/bin"))
        # By instruction set, whatever the CPU.
        self.write("own/lib/swin/schedules.jsonl", self.changed("some.db"))
        shipped, said = self.compiled(compiler=own)
        self.assertIn("tuned", [source for _, source in shipped.values()])
        self.assertEqual(self.compiled("--schedules", "off", compiler=own)[0], default)
        # The user's come first.
        self.database("mine.db", seed="2")
        mine, _ = self.compiled("--schedules", "mine.db", compiler=own)
        self.assertEqual(mine, self.compiled("--schedules", "mine.db")[0])
        self.assertNotEqual(mine, shipped)
        found, _ = self.compiled("--schedules", "mine.db", path="wider.json", compiler=own)
        self.assertIn("nearest mlp_32", [source for _, source in found.values()])
        # Lines that are none.
        self.write("own/lib/swin/schedules.jsonl", "{\n" + self.changed("some.db"))
        found, said = self.compiled(compiler=own)
        self.assertEqual(found, shipped)
        self.assertIn("schedules.jsonl:1: note: the line is not used: ", said)
        os.remove(self.path("own/lib/swin/schedules.jsonl"))
        done = subprocess.run([own, DIGITS, "--weights", WEIGHTS, "-o", "none"], cwd=self.folder, capture_output=True,
                              text=True, env=self.environment())  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertIn("schedules.jsonl", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
