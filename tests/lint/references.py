"""Nothing that only exists on somebody's machine: private paths, and documents that are not in the repository."""
import os
import re
import sys

import repository

# Written so that this file does not find itself.
PRIVATE = re.compile(r"(?<![\w.}/-])/(?:work|root|home|Users|tmp/setup|tmp/bash_jobs)" + r"(?:/|\b(?=[^\w/-]))")
DOCUMENT = re.compile(r"(?<![\w:/.-])((?:\.\./)*[\w-]+(?:/[\w-]+)*\.md)\b")
# Names a program writes or a text speaks of in general.
NOT_HERE = {"CHANGELOG.md"}


def check(sources, existing):
    findings = []
    for path, text in sources.items():
        for number, line in enumerate(text.split("\n"), 1):
            for match in PRIVATE.finditer(line):
                findings.append(f"{path}:{number}: private path '{line[match.start():][:40].split()[0]}'")
            for match in DOCUMENT.finditer(line):
                places = (match[1], os.path.normpath(os.path.join(os.path.dirname(path), match[1])), f"docs/{match[1]}")
                if match[1] not in NOT_HERE and not any(place in existing for place in places):
                    findings.append(f"{path}:{number}: '{match[1]}' is not in the repository")
    return findings


if __name__ == "__main__":
    sys.exit(repository.report(check(repository.texts(), set(repository.files()))))
