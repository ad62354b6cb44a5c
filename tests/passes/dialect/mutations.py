"""Wrong modules give errors, never a crash: the tests' own modules with one token changed.

mutations.py SWIN_OPT [ROUNDS] [SEED]

Each round takes one module of the tests of dialect and transforms and changes a number, a type, a list, an operand, a
word or an attribute, or leaves a line out. swin-opt must end by itself, through the verifiers and each pass alone. A
module that kills it is printed.
"""
import pathlib
import random
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent
PASSES = ["--canonicalize", "--swin-fold-constants", "--swin-form-kernels", "--swin-plan-memory",
          "--swin-lower-to-llvm", "--swin-kernels"]
NUMBERS = ["0", "1", "2", "3", "-1", "15", "17", "4294967296", "9223372036854775807", "-9223372036854775808"]
SIZES = ["?", "0", "1", "3", "17", "2147483648", "9223372036854775807"]
KINDS = ["tensor<f32>", "tensor<?xf32>", "tensor<16xf32>", "tensor<?x?x?x?xf32>", "tensor<1x2x3x4x5x6xf32>",
         "tensor<16x16xf32>", "tensor<*xf32>", "tensor<4xi32>", "index"]
WORDS = ["never", "axis", "map", "tokens", "windows", "pool", "conv", "nearest", "bilinear", "bicubic"]


def replace_one(text, pattern, make, rng):
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    place = rng.choice(found)
    return text[: place.start()] + make(place[0]) + text[place.end() :]


def mutate(text, rng):
    def in_tensor(kind):
        return replace_one(kind, r"(?<=[<x])(\?|\d+)(?=x)", lambda _: rng.choice(SIZES), rng)

    def in_list(numbers):
        items = [item for item in numbers[1:-1].split(", ") if item]
        return "[" + ", ".join(rng.choice([items[1:], items + ["7"], []])) + "]"

    operands = re.findall(r"%\w+", text) or ["%x"]
    return replace_one(
        text,
        *rng.choice(
            [
                (r"(?<![%\w.#-])-?\d+(?![\w.>])", lambda _: rng.choice(NUMBERS)),
                (r"tensor<[^>]*>", in_tensor),
                (r"tensor<[^>]*>", in_tensor),
                (r"tensor<[^>]*>", lambda _: rng.choice(KINDS)),
                (r"\[[-\d, ]*\]", in_list),
                (r"%\w+", lambda _: rng.choice(operands)),
                (rf"\b({'|'.join(WORDS)})\b", lambda _: rng.choice(WORDS)),
                (r"(?m)^ .*$", lambda _: ""),
                (r"\d\.\d+(e-?\d+)?", lambda _: rng.choice(["0.0", "-1.0", "1.0e308", "0x7ff8000000000000"])),
                (r", %\w+(?=[,) ])", lambda _: ""),
            ]
        ),
        rng,
    )


def main():
    swin_opt = sys.argv[1]
    rounds, seed = (int(value) for value in (sys.argv[2:] + ["60", "1"][len(sys.argv) - 2 :]))
    rng = random.Random(seed)
    modules = []
    for folder in (FOLDER, FOLDER.parent / "transforms"):
        for path in sorted(folder.glob("*.mlir")):
            modules += path.read_text().split("// -----\n")
    ended = {}
    for number in range(rounds):
        module = rng.choice(modules)
        for _ in range(rng.choice([1, 1, 2, 3])):
            module = mutate(module, rng)
        for options in [], [rng.choice(PASSES)]:
            done = subprocess.run([swin_opt, *options], input=module, capture_output=True, text=True, timeout=60)
            ended[done.returncode] = ended.get(done.returncode, 0) + 1
            if done.returncode not in (0, 1):
                print(f"round {number} of seed {seed}: status {done.returncode} with {options}", module, done.stderr,
                      sep="\n")
                return 1
    print(f"{ended.get(0, 0)} modules were right, {ended.get(1, 0)} gave errors")
    # Both must occur, else the changes test nothing.
    return 0 if ended.get(0) and ended.get(1) else 1


if __name__ == "__main__":
    sys.exit(main())
