"""Form of the files: length, width, white space; C and C++ exactly as clang-format 22 writes them.

A source has at most 500 lines, a test 300, a file with main() less than 200. TableGen may be wider: an op's example
stays on one line.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

import repository

CLANG_FORMAT = "/usr/lib/llvm-22/bin/clang-format"
COLUMNS = 120
CODE = (".h", ".cpp", ".c", ".td", ".py", ".cmake", "CMakeLists.txt")
MAIN = re.compile(r"^int main\(", re.M)


def limit(path, text):
    if path.startswith("tests/"):
        return 300
    if path.startswith("tools/") and MAIN.search(text):
        return 199
    return 500


def check_text(path, text):
    findings = []
    script = text.startswith("#!")
    if path.endswith(CODE + (".mlir",)) or script:
        lines, most = text.count("\n"), limit(path, text)
        if lines > most:
            findings.append(f"{path}:{most}: {lines} lines, at most {most}: is there a second room hidden in it?")
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS and not path.endswith((".td", ".mlir")):
                findings.append(f"{path}:{number}: {len(line)} columns, at most {COLUMNS}")
            if "\t" in line:
                findings.append(f"{path}:{number}: tab")
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            findings.append(f"{path}:{number}: white space at the end of the line")
    if text and not text.endswith("\n"):
        findings.append(f"{path}:{text.count(chr(10)) + 1}: no newline at the end of the file")
    return findings


def check(sources):
    return [finding for path, text in sources.items() for finding in check_text(path, text)]


def formatted(path, text):
    """A finding if clang-format would change the file."""
    wanted = subprocess.run(
        [CLANG_FORMAT, f"--assume-filename={os.path.join(repository.ROOT, path)}"],
        input=text, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if wanted == text:
        return []
    pairs = zip(text.split("\n") + [""], wanted.split("\n") + [""])
    line = next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)
    return [f"{path}:{line}: not as clang-format writes it; run {CLANG_FORMAT} -i {path}"]


def check_formatting(sources):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [finding for found in pool.map(formatted, sources, sources.values()) for finding in found]


if __name__ == "__main__":
    texts = repository.texts()
    code = {path: text for path, text in texts.items() if path.endswith((".h", ".cpp", ".c"))}
    # .npy, .safetensors and pictures are not text; generated data has no form to keep, nor have damaged inputs.
    texts = {path: text for path, text in texts.items() if not path.startswith("tests/fuzz/corpus/")}
    sys.exit(repository.report(check(texts) + check_formatting(code)))
