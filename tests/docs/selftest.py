"""The runner of documents finds examples that do not do what the document says."""
import os
import tempfile
import unittest

import run_examples

TICKS = "```"


def problems(*blocks):
    text = "# A title\n\n" + "\n\n".join(f"{TICKS}{info}\n{body}\n{TICKS}" for info, body in blocks) + "\n"
    with tempfile.TemporaryDirectory() as folder:
        return run_examples.run("A", text, folder, dict(os.environ), log=lambda _: None)


class RunExamples(unittest.TestCase):
    def test_good(self):
        self.assertEqual([], problems(
            ("c file=src/a.c", "int x;"),
            ("sh run", "cat src/a.c; echo 12.5 ms"),
            ("text output", "int x;\n... ms"),
            ("sh run", "printf 'a\\nb\\nc\\n'"),
            ("text output", "a\n...\nc"),
            ("sh not-run: needs a network", "exit 1"),
            ("c", "not an example"),
        ))  # fmt: skip

    def test_failing_command(self):
        self.assertIn("A:3: exit status 1", problems(("sh run", "false; true"))[0])

    def test_wrong_output(self):
        for said in ["two", "one\ntwo", "on", "one ... more"]:
            self.assertIn("A:7: the document says", problems(("sh run", "echo one"), ("text output", said))[0])

    def test_unmarked(self):
        self.assertIn("neither", problems(("sh", "echo"))[0])
        self.assertIn("neither", problems(("sh not-run:", "echo"))[0])

    def test_output_of_nothing(self):
        self.assertIn("nothing that ran", problems(("text output", "x"))[0])


if __name__ == "__main__":
    unittest.main()
