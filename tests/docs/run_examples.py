#!/usr/bin/env python3
"""Runs the examples of a Markdown document, in order, in one empty folder.

A fenced block's words after the language say what it is:
  ```sh run             a shell script (bash -e), run in the folder; $REPO and built commands (on PATH) are there
  ```c file=main.c      (any language) a file written into the folder
  ```text output        what the last `run` block printed; a line "..." or "..." within a line stands for anything
  ```sh not-run: why    an example that cannot be run here; the reason is part of the document's source
A block of sh without one of these is a mistake: every example is run, or says why not.

  run_examples.py DOCUMENT --bin DIR [--repo DIR]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^(```+)([^\n`]*)\n(.*?)^\1[ \t]*$", re.M | re.S)
COMMAND_LANGUAGES = {"sh", "bash", "console", "shell"}


class Block:
    def __init__(self, match, text):
        self.line = text.count("\n", 0, match.start()) + 1
        self.language, _, self.role = match[2].strip().partition(" ")
        self.body = match[3]


def blocks(text):
    return [Block(match, text) for match in FENCE.finditer(text)]


def output_pattern(expected):
    """The regular expression of an expected output."""
    lines = []
    for line in expected.strip("\n").split("\n"):
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(r".*?".join(map(re.escape, line.rstrip().split("..."))) + r"[ \t]*\n")
    return "".join(lines) + r"\s*\Z"


def run(document, text, folder, environment, log=print):
    """Runs all blocks; returns a list of problems ("document:line: what")."""
    printed = None
    for block in blocks(text):
        place = f"{document}:{block.line}"
        if block.role.startswith("file="):
            path = os.path.join(folder, block.role[len("file=") :].split()[0])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(block.body)
        elif block.role == "run":
            log(f"{place}: running\n{block.body.rstrip()}")
            script = "set -e -o pipefail\n" + block.body
            done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
            printed = done.stdout
            log(done.stdout + done.stderr)
            if done.returncode != 0:
                return [f"{place}: exit status {done.returncode}: {done.stderr.strip()[-500:]}"]
        elif block.role == "output":
            if printed is None:
                return [f"{place}: output of nothing that ran"]
            if not re.match(output_pattern(block.body), printed):
                return [f"{place}: the document says\n{block.body}but printed was\n{printed}"]
        elif block.language in COMMAND_LANGUAGES and not re.match(r"not-run: \S", block.role):
            return [f"{place}: block of {block.language} is neither 'run' nor 'not-run: why'"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document")
    parser.add_argument("--bin", required=True, help="folder of the built commands")
    parser.add_argument("--repo", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    options = parser.parse_args()
    environment = dict(os.environ, REPO=os.path.realpath(options.repo))
    environment["PATH"] = os.path.realpath(options.bin) + os.pathsep + environment["PATH"]
    with open(options.document) as file:
        text = file.read()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment["RAY_TMPDIR"] = folder  # no cluster of the user's is found there
        problems = run(os.path.basename(options.document), text, folder, environment)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
