"""No work inside assert(): with NDEBUG it would vanish.

Tests (C and C++) use no assert at all, since a test must check in every build. Elsewhere an assert has no assignment,
no increment and no call whose name says that it does something.
"""
import re
import sys

import repository

ASSERT = re.compile(r"(?<![\w.])assert\s*\(")
WORK = [
    (re.compile(r"\+\+|--"), "increments"),
    (re.compile(r"(?<![=!<>+\-*/%&|^])=(?![=])|(?:[+\-*/%&|^]|<<|>>)="), "assigns"),
    (re.compile(r"\b(?:succeeded|failed)\s*\(\s*\w+\("), "calls something that can fail"),
    (re.compile(r"[.>](?:insert|erase|emplace\w*|push_back|pop_back|try_emplace|release|reset|swap|append|run)\s*\("),
     "changes something"),
    (re.compile(r"\b(?:set|add|remove|create|make|write|read|parse|emit|run|move|replace|apply)[A-Z]\w*\s*\("),
     "does something"),
]  # fmt: skip
STRIP = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)


def argument(text, start):
    """Text between the parenthesis before `start` and its partner."""
    depth = 1
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def check(sources):
    findings = []
    for path, text in sources.items():
        text = STRIP.sub(lambda m: '""' + "\n" * m[0].count("\n") if m[0][0] == '"' else "\n" * m[0].count("\n"), text)
        for match in ASSERT.finditer(text):
            place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            if path.startswith("tests/"):
                findings.append(f"{place}: assert in a test: checks nothing with NDEBUG")
                continue
            inside = argument(text, match.end())
            # A lambda's or a comparison's capture is not an assignment.
            inside = re.sub(r"\[[=&]\]", "", inside)
            for pattern, what in WORK:
                if pattern.search(inside):
                    findings.append(f"{place}: assert {what}: '{' '.join(inside.split())[:60]}'")
                    break
    return findings


if __name__ == "__main__":
    sys.exit(repository.report(check(repository.texts(".h", ".cpp", ".c"))))
