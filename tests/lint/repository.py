"""What the lints share: the repository's files and how a finding is reported."""
import os
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))


def files():
    """Paths from the root of all files that git tracks or would add; without git, all outside build/."""
    try:
        listed = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
        ).stdout.decode()
        return sorted({path for path in listed.split("\0") if path and os.path.isfile(os.path.join(ROOT, path))})
    except (OSError, subprocess.CalledProcessError):
        found = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [name for name in folders if name not in ("build", ".git", "__pycache__")]
            found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
        return sorted(found)


def read(path):
    """A file's text, or None if it is not text."""
    with open(os.path.join(ROOT, path), "rb") as file:
        data = file.read()
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def texts(*suffixes):
    """{path: text} of the text files, all or those with one of the suffixes."""
    found = {}
    for path in files():
        if not suffixes or path.endswith(suffixes):
            text = read(path)
            if text is not None:
                found[path] = text
    return found


def report(findings):
    """Prints findings ("path:line: message") and gives the exit status."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} finding(s)", file=sys.stderr)
    return 1 if findings else 0
