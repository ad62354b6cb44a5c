"""Links of documents lead somewhere: to a file or folder of the repository and, behind a #, to a heading there.

Addresses of the web are only read: each is https and whole. A picture is described for those who do not see it.
"""
import os
import posixpath
import re
import sys

import repository

FENCE = re.compile(r"^(```+).*?^\1[ \t]*$", re.M | re.S)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]*(?:\([^()\s]*\))?)\)")
WEB = re.compile(r"https://[\w-]+(?:\.[\w-]+)+(?:/[^\s]*)?$")


def without_code(text):
    """The text with what is in fences and backticks blanked out; lines stay where they are."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])  # noqa: E731
    return re.sub(r"`[^`\n]+`", lambda match: "`" + " " * (len(match[0]) - 2) + "`", FENCE.sub(blank, text))


def anchors(text):
    """What a # may name: the headings as GitHub spells them."""
    found, seen = set(), {}
    for heading in re.findall(r"^#{1,6} +(.*?)[ #]*$", FENCE.sub("", text), re.M):
        plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = seen.setdefault(slug, 0)
        seen[slug] += 1
        found.add(slug if count == 0 else f"{slug}-{count}")
    return found


def problem(path, target, sources, existing):
    """What is wrong with a link of the document `path`; "" = nothing."""
    if re.match(r"[a-z]+:", target):
        return "" if WEB.match(target) else "is no address of https"
    place, _, anchor = target.partition("#")
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), place)) if place else path
    if there not in existing:
        return "is not in the repository"
    if anchor and anchor not in anchors(sources.get(there, "")):
        return f"has no heading '{anchor}'"
    return ""


def check(sources, files):
    existing = set(files)
    for path in files:
        while path := os.path.dirname(path):
            existing.add(path)
    findings = []
    for path, text in sources.items():
        if not path.endswith(".md"):
            continue
        text = without_code(text)
        for match in LINK.finditer(text):
            place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            if wrong := problem(path, match[3], sources, existing):
                findings.append(f"{place}: link '{match[3]}' {wrong}")
            if match[1] and not match[2].strip():
                findings.append(f"{place}: picture '{match[3]}' has no description")
    return findings


if __name__ == "__main__":
    sys.exit(repository.report(check(repository.texts(".md"), repository.files())))
