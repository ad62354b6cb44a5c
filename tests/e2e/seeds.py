"""Which seeds a test with random cases runs."""
import os
import sys


def chosen(usual):
    """The seeds of `--seeds A..B` on the command line or those of the variable SWIN_SEED, a seed or A..B; else, of
    `usual`, the part that an argument PART/PARTS says. Takes these arguments away."""
    words, part, said = sys.argv[1:], "1/1", os.environ.get("SWIN_SEED")
    for word in [word for word in words if "/" in word and word.replace("/", "").isdigit()]:
        part = word
        sys.argv.remove(word)
    if "--seeds" in words:
        at = sys.argv.index("--seeds")
        said = sys.argv[at + 1]
        del sys.argv[at : at + 2]
    if said:
        first, _, last = said.partition("..")
        return list(range(int(first), int(last or first) + 1))
    number, parts = map(int, part.split("/"))
    return list(usual)[number - 1 :: parts]
