"""FileCheck lines that check nothing.

A test with a RUN line is wrong if it has directives but no RUN line that uses their prefix, if a directive has a
prefix no RUN line names, if a prefix is named but has no directive, or if a directive is misspelt (CHECK-NXT, CHEKC).
"""
import re
import sys

import repository

SUFFIXES = {"NEXT", "SAME", "NOT", "DAG", "LABEL", "EMPTY"}
RUN = re.compile(r"^(?:.*?(?://|#|;)\s*)?RUN:\s*(.*?)(\\?)$", re.M)
COMMENT = re.compile(r"(?://|#|;)\s*([A-Za-z][A-Za-z0-9_-]*)\s?:(?!:)")
NOT_DIRECTIVES = {"RUN", "XFAIL", "REQUIRES", "UNSUPPORTED", "END", "ALLOW_RETRIES", "DEFINE", "REDEFINE", "NOTE"}


def run_lines(text):
    """Commands of the RUN lines, continued ones joined."""
    commands, pending = [], ""
    for match in RUN.finditer(text):
        pending += match[1] + " "
        if not match[2]:
            commands.append(pending)
            pending = ""
    return commands


def named_prefixes(commands):
    """Prefixes that the FileCheck calls use."""
    prefixes = set()
    for command in commands:
        for call in re.findall(r"FileCheck(?!-)([^|&;]*)", command):
            named = re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", call)
            prefixes |= {prefix for group in named for prefix in group.split(",")} or {"CHECK"}
    return prefixes


def split_directive(word, prefixes):
    """(prefix, suffix) of a word before a colon; the longest named prefix wins."""
    for prefix in sorted(prefixes, key=len, reverse=True):
        if word == prefix or word.startswith(prefix + "-"):
            return prefix, word[len(prefix) + 1 :]
    prefix, _, suffix = word.rpartition("-")
    return (prefix, suffix) if prefix and (suffix in SUFFIXES or suffix.startswith("COUNT")) else (word, "")


def looks_meant(word):
    """A word that is surely meant as a directive though no RUN line names it."""
    stem = word.split("-")[0]
    suffix = word.rpartition("-")[2] if "-" in word else ""
    near_check = stem != "CHECK" and sorted(stem) == sorted("CHECK")
    return stem.startswith("CHECK") or near_check or suffix in SUFFIXES or suffix.startswith("COUNT-")


def check_file(path, text):
    commands = run_lines(text)
    if not commands:
        return []
    findings, used = [], set()
    prefixes = named_prefixes(commands)
    for number, line in enumerate(text.splitlines(), 1):
        match = COMMENT.search(line)
        if not match or match[1] in NOT_DIRECTIVES:
            continue
        word = match[1]
        if word != word.upper():
            if word.upper().startswith("CHECK-"):
                findings.append(f"{path}:{number}: '{word}:' checks nothing, directives are in capitals")
            continue
        prefix, suffix = split_directive(word, prefixes)
        if prefix in prefixes:
            used.add(prefix)
            plain = re.sub(r"\{[A-Z,]+\}$", "", suffix)
            if plain and plain not in SUFFIXES and not re.fullmatch(r"COUNT-\d+", plain):
                findings.append(f"{path}:{number}: '{word}:' checks nothing, FileCheck knows no '-{suffix}'")
        elif looks_meant(word):
            calls = f"FileCheck reads only {', '.join(sorted(prefixes))}" if prefixes else "no RUN line calls FileCheck"
            findings.append(f"{path}:{number}: '{word}:' checks nothing, {calls}")
    for prefix in sorted(prefixes - used):
        findings.append(f"{path}:1: FileCheck is called for '{prefix}', which no line of the file has")
    return findings


def check(sources):
    tests = {path: text for path, text in sources.items() if path.startswith("tests/")}
    return [finding for path, text in tests.items() for finding in check_file(path, text)]


if __name__ == "__main__":
    sys.exit(repository.report(check(repository.texts(".mlir", ".test", ".json", ".c", ".cpp", ".txt"))))
